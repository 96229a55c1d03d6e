using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MallBots.ServiceKit.Http;

namespace MallBots.Search.Features;

/// <summary>The place of a page's last item in the sort order: what it is sorted by, and the id. Opaque to callers.</summary>
/// <param name="Sort">Name of the sort order: a cursor of another one is none.</param>
/// <param name="Key">What the item is sorted by.</param>
/// <param name="Id">The item's id.</param>
sealed record Cursor(string Sort, string Key, string Id)
{
    const int Longest = 2_000;

    /// <summary>The key of an order that is sorted by a number.</summary>
    public long Number => long.TryParse(Key, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw None();

    public static Cursor Of(string sort, long key, string id) => new(sort, key.ToString(CultureInfo.InvariantCulture), id);

    /// <summary>Reads a cursor; null for the first page.</summary>
    /// <exception cref="InvalidRequestException">It is none of this sort order.</exception>
    public static Cursor? Read(string? cursor, string sort)
    {
        if (cursor is null) return null;
        if (cursor.Length > Longest || !Base64Url.IsValid(cursor)) throw None();
        // The key stands last, since a name may hold anything.
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('.', 3);
        return parts.Length == 3 && parts[0] == sort && Ids.IsValid(parts[1]) && !parts[2].Contains('\0', StringComparison.Ordinal)
            ? new Cursor(sort, parts[2], parts[1])
            : throw None();
    }

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Sort}.{Id}.{Key}"));

    static InvalidRequestException None() => new("cursor", "is no cursor of this list.");
}

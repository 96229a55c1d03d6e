using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Pages of few items that are sorted by what they are, not by the catalogue. The cursor is the last item's place in that order.</summary>
static class SortedPage
{
    public static Page<T> Of<T>(IEnumerable<T> items, Func<T, long> key, Func<T, string> id, Paging paging)
    {
        var after = paging.Cursor is { } cursor ? Decode(cursor) : (Key: long.MinValue, Id: "");
        var page = items.Select(item => (Item: item, Place: (Key: key(item), Id: id(item))))
            .Where(item => Compare(item.Place, after) > 0)
            .Order(Comparer<(T Item, (long, string) Place)>.Create((one, other) => Compare(one.Place, other.Place)))
            .Take(paging.Limit + 1).ToList();
        var next = page.Count > paging.Limit ? Encode(page[paging.Limit - 1].Place) : null;
        return new([.. page.Take(paging.Limit).Select(item => item.Item)], next);
    }

    static int Compare((long Key, string Id) one, (long Key, string Id) other) =>
        one.Key != other.Key ? one.Key.CompareTo(other.Key) : string.CompareOrdinal(one.Id, other.Id);

    static string Encode((long Key, string Id) place) =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{place.Key}.{place.Id}")));

    static (long Key, string Id) Decode(string cursor)
    {
        if (cursor.Length <= 200 && Base64Url.IsValid(cursor))
        {
            var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor)).Split('.');
            if (parts.Length == 2 && long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var key) && Ids.IsValid(parts[1]))
                return (key, parts[1]);
        }

        throw new InvalidRequestException("cursor", "is no cursor of this list.");
    }
}

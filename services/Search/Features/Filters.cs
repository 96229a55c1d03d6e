using MallBots.ServiceKit.Http;

namespace MallBots.Search.Features;

/// <summary>Filters of searches, besides those that every list has.</summary>
static class Filters
{
    const int MostWords = 10;

    /// <summary>The longest text that is searched for.</summary>
    public const int LongestText = 200;

    /// <summary>The largest amount that is searched for.</summary>
    public const int MostMoney = 1_000_000_000;

    /// <summary>A point in time as UTC ticks; null when it is not there.</summary>
    public static long? Ticks(this ListQuery query, string name) => query.Time(name)?.UtcTicks;

    /// <summary>An amount of money in hundredths; null when it is not there.</summary>
    public static long? Hundredths(this ListQuery query, string name) => (long?)(query.Money(name, MostMoney) * 100);

    /// <summary>The words that must all be found, in lower case.</summary>
    public static IReadOnlyList<string> Words(this ListQuery query, string name)
    {
        if (query.Text(name, LongestText) is not { } text) return [];
        var words = text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words.Length <= MostWords ? words : throw new InvalidRequestException(name, $"must have at most {MostWords} words, not {words.Length}.");
    }
}

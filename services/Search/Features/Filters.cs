using System.Globalization;
using MallBots.ServiceKit.Http;

namespace MallBots.Search.Features;

/// <summary>Filters of searches, besides those that every list has.</summary>
static class Filters
{
    const int MostWords = 10, LongestText = 200;
    const decimal MostMoney = 1_000_000_000m;

    /// <summary>An id; null when it is not there.</summary>
    public static string? Id(this ListQuery query, string name) =>
        query.Text(name) is not { } id || Ids.IsValid(id) ? query.Text(name) : throw new InvalidRequestException(name, $"must be an id, not {id}.");

    /// <summary>A point in time as UTC ticks; null when it is not there.</summary>
    public static long? Time(this ListQuery query, string name) => query.Text(name) switch
    {
        null => null,
        // With T and offset: a date alone says nothing without a time zone.
        { } text when text.Contains('T', StringComparison.Ordinal) && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal))
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) => time.UtcTicks,
        var other => throw new InvalidRequestException(name, $"must be a time as RFC 3339 has it, such as 2026-01-31T12:00:00Z, not {other}."),
    };

    /// <summary>An amount of money; null when it is not there.</summary>
    public static decimal? Money(this ListQuery query, string name) => query.Text(name) switch
    {
        null => null,
        { } text when decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) && amount <= MostMoney => amount,
        var other => throw new InvalidRequestException(name, $"must be an amount from 0 to {MostMoney}, such as 9.50, not {other}."),
    };

    /// <summary>The words that must all be found, in lower case.</summary>
    public static IReadOnlyList<string> Words(this ListQuery query, string name)
    {
        if (query.Text(name) is not { } text) return [];
        if (text.Length > LongestText || text.Any(char.IsControl))
            throw new InvalidRequestException(name, $"must have at most {LongestText} characters, none of them a control character.");
        var words = text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words.Length <= MostWords ? words : throw new InvalidRequestException(name, $"must have at most {MostWords} words, not {words.Length}.");
    }
}

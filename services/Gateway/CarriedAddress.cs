using System.Buffers;
using System.Globalization;
using System.Text;
using MallBots.ServiceKit.Http;

namespace MallBots.Gateway;

/// <summary>
/// Path and query in the form that reaches a service unchanged. daprd decodes paths, collapses and resolves them, and fails on some escapes (fact I1); no
/// path of the API has any, so a segment that is not plain is no id, and goes as one that can be none either: the service refuses it as it would the other.
/// </summary>
static class CarriedAddress
{
    const string NoId = "~";
    const string Plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    static readonly SearchValues<char> InPaths = SearchValues.Create(Plain);
    static readonly SearchValues<char> InQueries = SearchValues.Create(Plain + "!$&'()*+,;=:@/?");

    /// <summary>Path and query, escaped; null for a path that no route matches, because a segment before the last is empty.</summary>
    /// <param name="path">The path, unescaped.</param>
    /// <param name="query">The query as it was sent, with its question mark; empty or null when there is none.</param>
    /// <exception cref="BadHttpRequestException">414: too long.</exception>
    public static string? Of(string path, string? query)
    {
        if (path.Contains("//", StringComparison.Ordinal)) return null;
        var segments = path.Split('/').Select(segment => segment.AsSpan().ContainsAnyExcept(InPaths) ? NoId : segment);
        var address = string.Join('/', segments) + Escaped(query);
        return address.Length <= RequestBounds.LongestTarget
            ? address
            : throw new BadHttpRequestException("The address is too long.", StatusCodes.Status414UriTooLong);
    }

    /// <summary>The same values, however they were escaped: what is no escape, and what Go or .NET would cut or change, is escaped.</summary>
    static string? Escaped(string? query)
    {
        if (query is null || !query.AsSpan().ContainsAnyExcept(InQueries)) return query;
        var escaped = new StringBuilder(query.Length);
        for (var at = 0; at < query.Length; at++)
        {
            var isEscape = query[at] == '%' && at + 2 < query.Length && char.IsAsciiHexDigit(query[at + 1]) && char.IsAsciiHexDigit(query[at + 2]);
            if (isEscape || InQueries.Contains(query[at])) escaped.Append(query[at]);
            else escaped.Append(CultureInfo.InvariantCulture, $"%{(int)query[at]:X2}");
        }

        return escaped.ToString();
    }
}

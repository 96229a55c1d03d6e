using MallBots.ServiceKit.Documents;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace MallBots.ServiceKit.Http;

/// <summary>What request headers say, held to RFC 9110 and specification 2 in one place for all calls.</summary>
static class RequestHeaders
{
    const int LongestKey = 100;
    const string Key = "Idempotency-Key";

    /// <summary>The Idempotency-Key; null when there is none.</summary>
    /// <exception cref="InvalidRequestException">It is none.</exception>
    public static string? IdempotencyKey(IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(Key, out var values)) return null;
        var key = values.ToString();
        return key.Length is >= 1 and <= LongestKey ? key : throw new InvalidRequestException(Key, $"must have 1 to {LongestKey} characters, not {key.Length}.");
    }

    /// <summary>The condition of If-Match (RFC 9110, 13.1.1); null when there is none. Weak tags are none of it: they never match.</summary>
    /// <exception cref="InvalidRequestException">It is no list of tags.</exception>
    public static VersionCondition? IfMatch(IHeaderDictionary headers) => Tags(headers, HeaderNames.IfMatch) is not { } tags ? null
        : new VersionCondition(tags is [{ } any] && any.Equals(EntityTagHeaderValue.Any), [.. tags.Where(tag => !tag.IsWeak).Select(tag => tag.Tag.ToString())], headers.IfMatch.ToString());

    /// <summary>True when what If-None-Match names is what there is, in the weak comparison (RFC 9110, 13.1.2): then a GET is answered 304.</summary>
    /// <param name="headers">Of the request.</param>
    /// <param name="etag">Of the resource that is there.</param>
    /// <exception cref="InvalidRequestException">It is no list of tags.</exception>
    public static bool Knows(IHeaderDictionary headers, string etag) =>
        Tags(headers, HeaderNames.IfNoneMatch) is { } tags && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Tag.Equals(etag, StringComparison.Ordinal));

    /// <summary>Refuses what is no list of tags, before anything is looked up.</summary>
    /// <exception cref="InvalidRequestException">It is none.</exception>
    public static void CheckIfNoneMatch(IHeaderDictionary headers) => Tags(headers, HeaderNames.IfNoneMatch);

    /// <summary>What is wrong with the media type of a body; null when it is JSON in UTF-8.</summary>
    public static string? WrongMediaType(IHeaderDictionary headers)
    {
        const string send = "send application/json in UTF-8.";
        var sent = headers.ContentType;
        if (StringValues.IsNullOrEmpty(sent)) return $"The body has no Content-Type; {send}";
        if (sent.Count > 1 || sent.ToString().Contains(',', StringComparison.Ordinal)) return $"There is more than one Content-Type, {Shown.Short(sent.ToString())}; {send}";
        if (!MediaTypeHeaderValue.TryParse(sent.ToString(), out var type)) return $"{Shown.Short(sent.ToString())} is no Content-Type; {send}";
        if (!type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)) return $"The body is of type {Shown.Short(sent.ToString())}; {send}";
        // RFC 8259 has no charset parameter, but many send it; any other than UTF-8 says that the bytes mean something else.
        var other = type.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("charset", StringComparison.OrdinalIgnoreCase)
            && HeaderUtilities.RemoveQuotes(parameter.Value).ToString().ToUpperInvariant() is not ("UTF-8" or "UTF8"));
        return other is null ? null : $"The charset {Shown.Short(other.Value.ToString())} is not read; {send}";
    }

    static IList<EntityTagHeaderValue>? Tags(IHeaderDictionary headers, string name)
    {
        if (!headers.TryGetValue(name, out var values)) return null;
        var tags = EntityTagHeaderValue.TryParseStrictList([.. values.OfType<string>()], out var list) && list.Count > 0 ? list : null;
        return tags is not null && (tags.Count == 1 || !tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any))) ? tags
            : throw new InvalidRequestException(name, $"must be * or a list of ETags as a GET answers them, such as \"3\" or \"3\", \"4\", not {Shown.Short(values.ToString())}.");
    }
}

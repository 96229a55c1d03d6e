using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MallBots.ServiceKit.Http;

/// <summary>
/// What holds for the headers of every request, at the gateway and at every service alike (specification 2). daprd carries headers as protobuf texts,
/// and line and headers of a call within 8 KiB (fact I5): what it can't carry is refused here, or not passed on, so that nobody takes it for an outage.
/// </summary>
public static class HeaderRules
{
    /// <summary>The most bytes that all headers of a request may have together.</summary>
    public const int MostBytes = 32 * 1024;

    /// <summary>The most headers of a request.</summary>
    public const int MostHeaders = 100;

    /// <summary>The most bytes that those together may have which the gateway passes on.</summary>
    public const int MostBytesPassedOn = 3 * 1024;

    static readonly string[] Read = [HeaderNames.ContentType, "Idempotency-Key", HeaderNames.IfMatch, HeaderNames.IfNoneMatch];
    static readonly string[] GivenOnce = [HeaderNames.ContentType, "Idempotency-Key"];
    static readonly HashSet<string> ToServices =
        new(StringComparer.OrdinalIgnoreCase) { HeaderNames.ContentType, HeaderNames.Accept, "Idempotency-Key", HeaderNames.Authorization };
    static readonly HashSet<string> OfTraces = new(StringComparer.OrdinalIgnoreCase) { HeaderNames.TraceParent, HeaderNames.TraceState, HeaderNames.Baggage };

    /// <summary>True for a header that the gateway passes on to a service as it came: what services read.</summary>
    public static bool IsPassedOn(string name) => ToServices.Contains(name) || name.StartsWith("If-", StringComparison.OrdinalIgnoreCase);

    /// <summary>True for a text of printable ASCII characters, space included.</summary>
    public static bool IsPrintable(string? value) => value is null || value.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0;

    /// <summary>Refuses headers that are too long, and those that services read when their value can be none.</summary>
    /// <exception cref="BadHttpRequestException">431: too many, or too long.</exception>
    /// <exception cref="InvalidRequestException">With every header that is not printable ASCII, or given twice.</exception>
    public static void Check(IHeaderDictionary headers)
    {
        int all = 0, passedOn = 0, count = 0;
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                var length = name.Length + (value?.Length ?? 0);
                count++;
                all += length;
                if (IsPassedOn(name) || OfTraces.Contains(name)) passedOn += length;
            }
        }

        if (all > MostBytes || count > MostHeaders || passedOn > MostBytesPassedOn)
            throw new BadHttpRequestException("The headers are too large.", StatusCodes.Status431RequestHeaderFieldsTooLarge);

        var errors = new Dictionary<string, string[]>();
        foreach (var name in Read)
        {
            if (!headers.TryGetValue(name, out var values)) continue;
            if (values.Select(Unprintable).FirstOrDefault(wrong => wrong is not null) is { } wrong) errors[name] = [wrong];
            else if (values.Count > 1 && GivenOnce.Contains(name)) errors[name] = [$"must be given once, not {values.Count} times."];
        }

        if (errors.Count > 0) throw new InvalidRequestException(errors);
    }

    static string? Unprintable(string? value)
    {
        var at = value.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        return at < 0 ? null : $"must be printable ASCII (U+0020 to U+007E); the byte 0x{(int)value![at]:X2} at position {at + 1} is not.";
    }
}

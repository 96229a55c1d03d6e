using System.Globalization;

namespace MallBots.Sidecar.Resiliency;

/// <summary>A list of status codes as the field `matching` has it: `503`, `429,500-599`.</summary>
internal sealed class StatusCodeSet
{
    readonly List<(int From, int To)> ranges = [];

    /// <summary>Whether the code is one of the set.</summary>
    public bool Contains(int code)
    {
        foreach (var (from, to) in ranges)
        {
            if (code >= from && code <= to) return true;
        }

        return false;
    }

    /// <summary>Reads the list; null when it is malformed.</summary>
    public static StatusCodeSet? TryParse(string text)
    {
        var set = new StatusCodeSet();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var bounds = part.Split('-', StringSplitOptions.TrimEntries);
            if (bounds.Length > 2 || !TryParseCode(bounds[0], out var from) || !TryParseCode(bounds[^1], out var to) || from > to) return null;
            set.ranges.Add((from, to));
        }

        return set.ranges.Count > 0 ? set : null;
    }

    static bool TryParseCode(string text, out int code) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out code);
}

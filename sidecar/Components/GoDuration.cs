using System.Globalization;

namespace MallBots.Sidecar.Components;

/// <summary>Durations as Go writes them: `5s`, `1m30s`, `500ms`, `1.5h`.</summary>
internal static class GoDuration
{
    static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("us", TimeSpan.FromMicroseconds(1)), ("ns", TimeSpan.Zero),
        ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)),
    ];

    /// <summary>Reads a duration; false when it is malformed or negative.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0") return true;

        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            var digits = 0;
            while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.')) digits++;
            if (!double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)) return false;

            rest = rest[digits..];
            var letters = 0;
            while (letters < rest.Length && char.IsAsciiLetter(rest[letters])) letters++;
            var unit = rest[..letters].ToString();
            var known = Array.FindIndex(Units, candidate => candidate.Unit == unit);
            if (known < 0) return false;

            duration += count * Units[known].Length;
            rest = rest[letters..];
        }

        return text.Length > 0;
    }
}

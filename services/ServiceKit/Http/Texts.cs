using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace MallBots.ServiceKit.Http;

/// <summary>Rules that every text of every call is held to (specification 2).</summary>
static class Texts
{
    // What Unicode calls default ignorable beyond its format characters, and the blank of the Braille patterns: nobody sees any of them.
    static readonly FrozenSet<int> Blanks =
    [
        0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x2800, 0x3164, 0xFFA0,
        .. Enumerable.Range(0x180B, 5), .. Enumerable.Range(0xFE00, 16), .. Enumerable.Range(0xFFF0, 9), .. Enumerable.Range(0xE0000, 0x1000),
    ];

    /// <summary>The length as JSON Schema counts it: in Unicode code points.</summary>
    public static int Length(string text)
    {
        var length = 0;
        foreach (var _ in text.EnumerateRunes()) length++;
        return length;
    }

    /// <summary>What is wrong with a text; null when nothing is.</summary>
    /// <param name="text">A text whose white space at the ends is taken off.</param>
    /// <param name="least">Least number of characters.</param>
    /// <param name="most">Greatest number of characters.</param>
    /// <param name="lines">True where line breaks and tabs are allowed.</param>
    public static string? Wrong(string text, int least, int most, bool lines)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) && !(lines && rune.Value is '\n' or '\r' or '\t'))
                return $"must have no control characters{(lines ? " besides line breaks and tabs" : "")}; there is a U+{rune.Value:X4}.";
        }

        var length = Length(text);
        if (length < least || length > most) return $"must have {least} to {most} characters, not {length}.";
        return length > 0 && !text.EnumerateRunes().Any(IsVisible) ? "must have a character that can be seen; all of it is invisible." : null;
    }

    static bool IsVisible(Rune rune) => !Rune.IsWhiteSpace(rune) && !Blanks.Contains(rune.Value)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate);
}

/// <summary>What was sent, as messages show it: short, and harmless wherever they are printed.</summary>
static class Shown
{
    const int Most = 60;

    /// <summary>The beginning of it, with what is no visible ASCII or letter written as <c>\u0007</c>.</summary>
    public static string Short(ReadOnlySpan<char> sent)
    {
        var shown = new StringBuilder();
        foreach (var rune in sent.EnumerateRunes())
        {
            if (shown.Length >= Most) return shown.Append('…').ToString();
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else
                shown.Append(rune.ToString());
        }

        return shown.ToString();
    }
}

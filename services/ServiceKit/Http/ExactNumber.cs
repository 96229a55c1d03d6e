using System.Globalization;

namespace MallBots.ServiceKit.Http;

/// <summary>
/// A number exactly as it was sent, in the notation of JSON (RFC 8259, section 6): what counts is its value, so 14.9, 14.900 and 1.49e1 are the same, and
/// nothing is rounded (specification 2).
/// </summary>
readonly record struct ExactNumber
{
    const int LargestExponent = 1_000_000; // Far beyond what any field takes; it keeps sums of exponents in an int.
    const int MostDigits = 28; // What a decimal certainly holds, before and behind the point.

    readonly bool negative;
    readonly string digits; // Without zeros at either end; empty for zero.
    readonly int exponent;

    ExactNumber(string sent, bool negative, string digits, int exponent) => (Sent, this.negative, this.digits, this.exponent) = (sent, negative, digits, exponent);

    /// <summary>As it was sent, for messages.</summary>
    public string Sent { get; }

    /// <summary>True for what is greater than 0; minus zero is zero.</summary>
    public bool IsPositive => digits.Length > 0 && !negative;

    /// <summary>True for what is less than 0.</summary>
    public bool IsNegative => digits.Length > 0 && negative;

    /// <summary>How many digits the value has before the point; 0 for what is below 1.</summary>
    public int WholeDigits => Math.Max(0, digits.Length + exponent);

    /// <summary>How many decimal places the value needs.</summary>
    public int Places => Math.Max(0, -exponent);

    /// <summary>The value; null for one that a decimal does not hold exactly.</summary>
    public decimal? Decimal => digits.Length == 0 ? 0m
        : digits.Length > MostDigits || Places > MostDigits || WholeDigits > MostDigits ? null
        : decimal.Parse($"{(negative ? "-" : "")}{digits}E{exponent}", NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The value of a whole number, also of one that is written as 2.0 or 2e0; null for a fraction and beyond an int.</summary>
    public int? Whole => Places == 0 && Decimal is { } value and >= int.MinValue and <= int.MaxValue ? (int)value : null;

    /// <summary>Reads a number.</summary>
    /// <param name="text">All of the text.</param>
    /// <param name="number">What it is.</param>
    /// <returns>False for what JSON has no such number for: +1, 1., .5, 0x10, NaN.</returns>
    public static bool TryRead(ReadOnlySpan<char> text, out ExactNumber number)
    {
        number = default;
        var rest = text;
        var negative = rest is ['-', ..];
        if (negative) rest = rest[1..];
        var whole = Digits(ref rest);
        if (whole.Length == 0 || whole.Length > 1 && whole[0] == '0') return false;
        ReadOnlySpan<char> fraction = [];
        if (rest is ['.', ..])
        {
            rest = rest[1..];
            fraction = Digits(ref rest);
            if (fraction.Length == 0) return false;
        }

        var exponent = 0;
        if (rest is ['e' or 'E', ..] && !TryReadExponent(ref rest, out exponent) || rest.Length > 0) return false;
        number = New(Shown.Short(text), negative, $"{whole}{fraction}", exponent - fraction.Length);
        return true;
    }

    static ExactNumber New(string sent, bool negative, string digits, int exponent)
    {
        var needed = digits.TrimEnd('0');
        return new(sent, negative, needed.TrimStart('0'), needed.Length == 0 ? 0 : exponent + digits.Length - needed.Length);
    }

    static bool TryReadExponent(scoped ref ReadOnlySpan<char> rest, out int exponent)
    {
        rest = rest[1..];
        var negative = rest is ['-', ..];
        if (rest is ['-' or '+', ..]) rest = rest[1..];
        var digits = Digits(ref rest);
        exponent = 0;
        foreach (var digit in digits) exponent = Math.Min(LargestExponent, exponent * 10 + digit - '0');
        if (negative) exponent = -exponent;
        return digits.Length > 0;
    }

    static ReadOnlySpan<char> Digits(scoped ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAnyExceptInRange('0', '9');
        var digits = end < 0 ? rest : rest[..end];
        rest = rest[digits.Length..];
        return digits;
    }
}

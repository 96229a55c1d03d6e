using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;

namespace MallBots.ServiceKit.Http;

/// <summary>Ids as specification 2 wants them: <c>[A-Za-z0-9][A-Za-z0-9-]{0,63}</c>.</summary>
public static partial class Ids
{
    internal const string Rule = "must be an id: a letter or digit, then up to 63 letters, digits and hyphens";

    /// <summary>True for a text that can be an id.</summary>
    public static bool IsValid([NotNullWhen(true)] string? id) => id is not null && Pattern().IsMatch(id);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9-]{0,63}\\z")]
    private static partial Regex Pattern();
}

/// <summary>
/// A rule for one field of a request. Every text and every number of a request has one (specification 2); <see cref="RequestBody"/> holds what was sent to it
/// before anything is rounded or cut, and the OpenAPI document says it.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public abstract class RuleAttribute : Attribute
{
    /// <summary>Says the rule in a schema.</summary>
    internal abstract void Describe(OpenApiSchema schema);
}

/// <summary>A rule for a text; white space at its ends is taken off before.</summary>
public abstract class TextRuleAttribute : RuleAttribute
{
    /// <summary>What is wrong with the text, with value and rule; null when nothing is.</summary>
    internal abstract string? Wrong(string text);
}

/// <summary>A rule for a number.</summary>
public abstract class NumberRuleAttribute : RuleAttribute
{
    /// <summary>What is wrong with the number, with value and rule; null when nothing is.</summary>
    internal abstract string? Wrong(ExactNumber number);
}

/// <summary>An id of another resource.</summary>
public sealed class IdAttribute : TextRuleAttribute
{
    internal override string? Wrong(string text) => Ids.IsValid(text) ? null : $"{Ids.Rule}, not {Shown.Short(text)}.";

    internal override void Describe(OpenApiSchema schema) => schema.Pattern = "^[A-Za-z0-9][A-Za-z0-9-]{0,63}$";
}

/// <summary>A text of a length, without control characters, with something in it that can be seen.</summary>
/// <param name="least">Least number of characters, counted as Unicode code points.</param>
/// <param name="most">Greatest number of characters.</param>
public sealed class TextAttribute(int least, int most) : TextRuleAttribute
{
    /// <summary>Least number of characters.</summary>
    public int Least { get; } = least;

    /// <summary>Greatest number of characters.</summary>
    public int Most { get; } = most;

    /// <summary>True for what people write at some length: line breaks and tabs are allowed.</summary>
    public bool Lines { get; init; }

    internal override string? Wrong(string text) => Texts.Wrong(text, Least, Most, Lines);

    internal override void Describe(OpenApiSchema schema)
    {
        (schema.MinLength, schema.MaxLength) = (Least, Most);
        schema.Pattern = Lines ? @"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*$" : @"^[^\u0000-\u001F\u007F-\u009F]*$";
    }
}

/// <summary>One of a few words.</summary>
/// <param name="words">The words.</param>
public sealed class WordsAttribute(params string[] words) : TextRuleAttribute
{
    /// <summary>The words.</summary>
    public IReadOnlyList<string> Words { get; } = words;

    internal override string? Wrong(string text) => Words.Contains(text) ? null : OneOf(Words, text);

    internal override void Describe(OpenApiSchema schema) => schema.Enum = [.. Words.Select(word => (System.Text.Json.Nodes.JsonNode)word)];

    internal static string OneOf(IEnumerable<string> words, string sent) => $"must be one of {string.Join(", ", words)}, not {Shown.Short(sent)}.";
}

/// <summary>A price or amount: greater than 0, at most 1,000,000, at most two decimal places.</summary>
public sealed class MoneyAttribute : NumberRuleAttribute
{
    const decimal Most = 1_000_000m;

    internal override string? Wrong(ExactNumber number) =>
        !number.IsPositive || number.WholeDigits > 7 || number.Decimal > Most ? $"must be greater than 0 and at most 1,000,000, not {number.Sent}."
        : number.Places > 2 ? $"must have at most two decimal places, not {number.Sent}." : null;

    internal override void Describe(OpenApiSchema schema) => (schema.ExclusiveMinimum, schema.Maximum, schema.MultipleOf) = ("0", "1000000", 0.01m);
}

/// <summary>A whole number within bounds.</summary>
/// <param name="least">The least value.</param>
/// <param name="most">The greatest value.</param>
public sealed class WholeAttribute(int least, int most) : NumberRuleAttribute
{
    /// <summary>The least value.</summary>
    public int Least { get; } = least;

    /// <summary>The greatest value.</summary>
    public int Most { get; } = most;

    internal override string? Wrong(ExactNumber number) =>
        number.Whole is { } whole && whole >= Least && whole <= Most ? null : $"must be a whole number from {Least} to {Most}, not {number.Sent}.";

    internal override void Describe(OpenApiSchema schema) =>
        (schema.Minimum, schema.Maximum) = (Least.ToString(CultureInfo.InvariantCulture), Most.ToString(CultureInfo.InvariantCulture));
}

/// <summary>A telephone number in E.164 form.</summary>
public sealed partial class SmsNumberAttribute : TextRuleAttribute
{
    internal override string? Wrong(string text) => Pattern().IsMatch(text) ? null : $"must be + and 8 to 15 digits (E.164), not {Shown.Short(text)}.";

    internal override void Describe(OpenApiSchema schema) => schema.Pattern = "^\\+[0-9]{8,15}$";

    [GeneratedRegex("^\\+[0-9]{8,15}\\z")]
    private static partial Regex Pattern();
}

using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.RegularExpressions;

namespace MallBots.ServiceKit.Http;

/// <summary>Ids as specification 2 wants them: <c>[A-Za-z0-9][A-Za-z0-9-]{0,63}</c>.</summary>
public static partial class Ids
{
    /// <summary>True for a text that can be an id.</summary>
    public static bool IsValid([NotNullWhen(true)] string? id) => id is not null && Pattern().IsMatch(id);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9-]{0,63}\\z")]
    private static partial Regex Pattern();
}

/// <summary>A rule for one field of a request; the text says field, value and rule.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.Property)]
public abstract class RuleAttribute : ValidationAttribute
{
    /// <summary>What is wrong with the value; null when nothing is.</summary>
    protected abstract string? Check(object value);

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext context) =>
        value is null || Check(value) is not { } wrong ? ValidationResult.Success : new ValidationResult(wrong);
}

/// <summary>An id of another resource.</summary>
public sealed class IdAttribute : RuleAttribute
{
    /// <inheritdoc/>
    protected override string? Check(object value) =>
        Ids.IsValid(value as string) ? null : "must be an id: a letter or digit, then up to 63 letters, digits and hyphens.";
}

/// <summary>A text of a length, trimmed before it is looked at.</summary>
/// <param name="least">Least number of characters.</param>
/// <param name="most">Greatest number of characters.</param>
public sealed class TextAttribute(int least, int most) : RuleAttribute
{
    /// <summary>Least number of characters.</summary>
    public int Least { get; } = least;

    /// <summary>Greatest number of characters.</summary>
    public int Most { get; } = most;

    /// <inheritdoc/>
    protected override string? Check(object value) =>
        value is string text && text.Length >= Least && text.Length <= Most ? null : $"must have {Least} to {Most} characters, not {(value as string)?.Length}.";
}

/// <summary>A price or amount: greater than 0, at most 1,000,000, at most two decimal places.</summary>
public sealed class MoneyAttribute : RuleAttribute
{
    /// <inheritdoc/>
    protected override string? Check(object value) => value is not decimal amount || amount <= 0 || amount > 1_000_000m
        ? $"must be greater than 0 and at most 1,000,000, not {value}."
        : decimal.Round(amount, 2) != amount ? $"must have at most two decimal places, not {value}." : null;
}

/// <summary>A whole number within bounds.</summary>
/// <param name="least">The least value.</param>
/// <param name="most">The greatest value.</param>
public sealed class WholeAttribute(int least, int most) : RuleAttribute
{
    /// <summary>The least value.</summary>
    public int Least { get; } = least;

    /// <summary>The greatest value.</summary>
    public int Most { get; } = most;

    /// <inheritdoc/>
    protected override string? Check(object value) => value is int number && number >= Least && number <= Most ? null : $"must be {Least} to {Most}, not {value}.";
}

/// <summary>A telephone number in E.164 form.</summary>
public sealed partial class SmsNumberAttribute : RuleAttribute
{
    /// <inheritdoc/>
    protected override string? Check(object value) => Pattern().IsMatch((string)value) ? null : $"must be + and 8 to 15 digits (E.164), not {value}.";

    [GeneratedRegex("^\\+[0-9]{8,15}\\z")]
    private static partial Regex Pattern();
}

/// <summary>Checks request records by the rules on their constructor parameters.</summary>
static class Rules
{
    static readonly ConcurrentDictionary<Type, (string Name, PropertyInfo Property, ValidationAttribute[] Rules)[]> Known = new();

    /// <summary>True when the type has rules.</summary>
    public static bool Has(Type type) => Of(type).Length > 0;

    /// <summary>The rules of a type by its JSON field names.</summary>
    public static (string Name, PropertyInfo Property, ValidationAttribute[] Rules)[] Of(Type type) => Known.GetOrAdd(type, static type =>
    [
        .. from constructor in type.GetConstructors().OrderByDescending(constructor => constructor.GetParameters().Length).Take(1)
           from parameter in constructor.GetParameters()
           let rules = parameter.GetCustomAttributes<ValidationAttribute>().ToArray()
           let property = type.GetProperty(parameter.Name!)
           where rules.Length > 0 && property is not null
           select (System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!), property, rules)
    ]);

    /// <summary>Throws when a value breaks a rule.</summary>
    /// <exception cref="InvalidRequestException">With every field that breaks one.</exception>
    public static void Check(object request)
    {
        var errors = new Dictionary<string, string[]>();
        foreach (var (name, property, rules) in Of(request.GetType()))
        {
            var value = property.GetValue(request);
            var wrong = rules.Select(rule => rule.GetValidationResult(value, new ValidationContext(request) { MemberName = name })?.ErrorMessage).OfType<string>().ToArray();
            if (wrong.Length > 0) errors[name] = wrong;
        }

        if (errors.Count > 0) throw new InvalidRequestException(errors);
    }
}

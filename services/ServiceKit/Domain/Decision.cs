using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace MallBots.ServiceKit.Domain;

/// <summary>What a command leads to: events, nothing, a refusal, or a refusal that comes with events.</summary>
/// <param name="Events">What happens, in order.</param>
/// <param name="Refusal">Why the command is refused; null when it is not.</param>
public sealed record Decision(ImmutableArray<DomainEvent> Events, Refusal? Refusal = null)
{
    /// <summary>All is as it should be already.</summary>
    public static readonly Decision Nothing = new([]);

    /// <summary>Several events at once.</summary>
    public static Decision Of(params ImmutableArray<DomainEvent> events) => new(events);

    /// <summary>One event.</summary>
    public static implicit operator Decision(DomainEvent happened) => new([happened]);

    /// <summary>A refusal that changes nothing.</summary>
    public static implicit operator Decision(Refusal refusal) => new([], refusal);
}

/// <summary>A kind of refusal: stable code, HTTP status and title. Declared once per service, listed in the OpenAPI document.</summary>
/// <param name="Code">Stable code, such as <c>basket-empty</c>; <c>urn:mallbots:problem:&lt;code&gt;</c> in problem documents.</param>
/// <param name="Status">HTTP status of its problem document.</param>
/// <param name="Title">Short and the same for every occurrence.</param>
public sealed record RefusalKind(string Code, int Status, string Title)
{
    /// <summary>
    /// Seconds after which asking again makes sense (<c>Retry-After</c>); null when it does not. For what comes into being by an event or a workflow of ours,
    /// so that whoever has its id may ask before it is there (specification 2).
    /// </summary>
    public int? RetryAfter { get; init; }

    /// <summary>One occurrence of it.</summary>
    /// <param name="text">What is the matter, in words for the caller.</param>
    /// <param name="data">More of it for programs: an object whose fields become members of the problem document.</param>
    public Refusal Because(string text, object? data = null) => new(this, text, data);

    /// <inheritdoc cref="Because(string, object?)"/>
    public Refusal Because(ApiText text, object? data = null) => new(this, text.ToString(), data);
}

/// <summary>
/// An interpolated text for callers, in the words of the API: values of enumerations as its JSON has them (<c>inProgress</c>), times in RFC 3339 with Z,
/// numbers and all else without regard to culture.
/// </summary>
/// <param name="literalLength">Number of characters outside the holes.</param>
/// <param name="holes">Number of holes.</param>
[InterpolatedStringHandler]
public ref struct ApiText(int literalLength, int holes)
{
    DefaultInterpolatedStringHandler text = new(literalLength, holes, CultureInfo.InvariantCulture);

    /// <summary>The word that the API has for a value of an enumeration.</summary>
    public static string Word<TEnum>(TEnum value) where TEnum : Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>What stands between the holes.</summary>
    public void AppendLiteral(string literal) => text.AppendLiteral(literal);

    /// <summary>What stands in a hole.</summary>
    public void AppendFormatted<T>(T value, string? format = null)
    {
        switch (value)
        {
            case Enum word: text.AppendLiteral(Word(word)); break;
            case DateTimeOffset time: text.AppendFormatted(time.UtcDateTime, "O"); break;
            default: text.AppendFormatted(value, format); break;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToStringAndClear();
}

/// <summary>A business answer that is a no. A value, never an exception.</summary>
/// <param name="Kind">What kind of refusal.</param>
/// <param name="Text">What is the matter, in words for the caller.</param>
/// <param name="Data">More of it for programs.</param>
public sealed record Refusal(RefusalKind Kind, string Text, object? Data = null)
{
    /// <summary>The kind's stable code.</summary>
    public string Code => Kind.Code;

    /// <summary>This refusal together with events that are saved all the same.</summary>
    public Decision With(params ImmutableArray<DomainEvent> events) => new(events, this);
}

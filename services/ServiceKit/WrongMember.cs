using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace MallBots.ServiceKit;

/// <summary>
/// JSON that others wrote: unknown members are ignored, since another version may have added them; one that is missing, null or of another type is named.
/// The framework's own words show names of our types, so they stay inside.
/// </summary>
static partial class WrongMember
{
    const int LongestShown = 100;

    /// <summary>As <see cref="KitJson.Options"/>, but a member that is neither nullable nor has a default must be there.</summary>
    public static readonly JsonSerializerOptions Options = new(KitJson.Options)
    {
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireWhatHasNoDefault } },
    };

    /// <summary>What is wrong with which members of JSON that could not be read.</summary>
    /// <param name="unread">What reading it with <see cref="Options"/> threw.</param>
    /// <returns>For each the path from the root, empty for the whole, and what is wrong with it.</returns>
    public static IReadOnlyList<(string Path, Wrong Wrong)> Of(JsonException unread)
    {
        var path = (unread.Path ?? "$").TrimStart('$').TrimStart('.');
        if (MissingMembers().Match(unread.Message) is { Success: true } missing)
            return [.. Quoted().Matches(missing.Groups[1].Value).Select(name => (path.Length == 0 ? name.Groups[1].Value : $"{path}.{name.Groups[1].Value}", Wrong.Missing))];
        return [(path, unread.Message.Contains("doesn't allow null", StringComparison.Ordinal) ? Wrong.Null
            : unread.Message.Contains("could not be converted", StringComparison.Ordinal) ? Wrong.Type
            : Wrong.Json)];
    }

    /// <summary>A value as a reason shows it: its JSON, cut where it is long.</summary>
    public static string Show(JsonElement value) => value.GetRawText() is { Length: > LongestShown } text ? $"{text[..LongestShown]}…" : value.GetRawText();

    /// <summary>The value at a path such as <c>items[1].price</c>; null when there is none.</summary>
    public static JsonElement? At(JsonElement root, string path)
    {
        var value = root;
        foreach (Match step in Steps().Matches(path))
        {
            if (step.Groups[2] is { Success: true } index)
            {
                if (value.ValueKind != JsonValueKind.Array || int.Parse(index.ValueSpan, System.Globalization.CultureInfo.InvariantCulture) is var at && at >= value.GetArrayLength()) return null;
                value = value[at];
            }
            else if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(step.Groups[1].Value, out value))
            {
                return null;
            }
        }

        return value;
    }

    static void RequireWhatHasNoDefault(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return;
        foreach (var member in type.Properties)
            member.IsRequired = !member.IsGetNullable && Nullable.GetUnderlyingType(member.PropertyType) is null && member.AssociatedParameter is not { HasDefaultValue: true };
    }

    [GeneratedRegex("missing required properties including: (.*?)\\.(?: |$)")]
    private static partial Regex MissingMembers();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex("([^.\\[\\]]+)|\\[([0-9]+)\\]")]
    private static partial Regex Steps();
}

/// <summary>What can be wrong with a member.</summary>
enum Wrong
{
    /// <summary>It is not there.</summary>
    Missing,

    /// <summary>It is null and must not be.</summary>
    Null,

    /// <summary>It is of another type, or a value that is none of those it may have.</summary>
    Type,

    /// <summary>It is no well-formed JSON.</summary>
    Json,
}

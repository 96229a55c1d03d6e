using System.Globalization;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Http;

namespace MallBots.ServiceKit.Messaging;

/// <summary>Reads the envelope of an event (specification 5). What it lacks, or what of it is wrong, is the reason of its dead letter.</summary>
static class EventReader
{
    /// <summary>The entity that the event shows.</summary>
    /// <exception cref="PoisonException">It is no event of the topic; the message names the member.</exception>
    public static Sight Read(Topic topic, ReadOnlyMemory<byte> cloudEvent)
    {
        using var json = Parse(topic, cloudEvent);
        var root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw Wrong(topic, $"it is no JSON object: {WrongMember.Show(root)}");
        var subject = Text(topic, root, "subject") ?? throw Wrong(topic, "subject is null");
        if (!Ids.IsValid(subject)) throw Wrong(topic, $"subject is no id: {WrongMember.Show(root.GetProperty("subject"))}"); // It could be no part of a key (fact S5).
        var version = Version(topic, Member(topic, root, "aggregateversion"));
        var data = Member(topic, root, "data");
        if (data.ValueKind != JsonValueKind.Object) throw Wrong(topic, $"data is no object: {WrongMember.Show(data)}");
        if (!data.TryGetProperty("value", out var value)) throw Wrong(topic, "data.value is missing");
        var removed = data.TryGetProperty("removed", out var tombstone) && tombstone.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw Wrong(topic, $"data.removed is neither true nor false: {WrongMember.Show(tombstone)}"),
        };
        var id = Text(topic, root, "id") ?? $"{topic.Resource}.{subject}.{version}";
        var correlation = root.TryGetProperty("correlationid", out _) ? Text(topic, root, "correlationid") ?? id : id;
        return new Sight(topic.Resource, subject, version, removed, value.Clone(), new SeenFrom(id, correlation));
    }

    static JsonDocument Parse(Topic topic, ReadOnlyMemory<byte> cloudEvent)
    {
        try
        {
            return JsonDocument.Parse(cloudEvent);
        }
        catch (JsonException malformed)
        {
            throw new PoisonException(
                string.Create(CultureInfo.InvariantCulture, $"Not an event of {topic.Name}: it is no well-formed JSON (line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1})."), malformed);
        }
    }

    /// <summary>A string or a number, as the way it came has it.</summary>
    static long Version(Topic topic, JsonElement version) => version.ValueKind switch
    {
        JsonValueKind.Number when version.TryGetInt64(out var number) => number,
        JsonValueKind.String when long.TryParse(version.GetString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw Wrong(topic, $"aggregateversion is not a number: {WrongMember.Show(version)}"),
    };

    static string? Text(Topic topic, JsonElement root, string name) => Member(topic, root, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { ValueKind: JsonValueKind.Null } => null,
        var other => throw Wrong(topic, $"{name} is no text: {WrongMember.Show(other)}"),
    };

    static JsonElement Member(Topic topic, JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) ? member : throw Wrong(topic, $"{name} is missing");

    static PoisonException Wrong(Topic topic, string what) => new($"Not an event of {topic.Name}: {what}.");
}

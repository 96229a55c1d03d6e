using System.Text;
using System.Text.Json;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.PubSub.CloudEvents;

namespace MallBots.Sidecar.PubSub;

/// <summary>Reads the body of the HTTP bulk publish: a list of entries whose event is JSON, text, or bytes in base64, by its content type.</summary>
internal static class BulkRequestReader
{
    /// <exception cref="JsonException">It is no such list.</exception>
    public static IReadOnlyList<BulkEntry> Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        if (document.RootElement.ValueKind != JsonValueKind.Array) throw new JsonException("a bulk publish is a list of entries");
        return [.. document.RootElement.EnumerateArray().Select(ReadEntry)];
    }

    static BulkEntry ReadEntry(JsonElement entry)
    {
        if (entry.ValueKind != JsonValueKind.Object) throw new JsonException("an entry is an object");
        var contentType = Text(entry, "contentType") ?? "";
        if (!entry.TryGetProperty("event", out var @event)) throw new JsonException("an entry has an event");
        return new BulkEntry(Text(entry, "entryId") ?? "", Bytes(@event, contentType), contentType, Metadata(entry));
    }

    static byte[] Bytes(JsonElement @event, string contentType)
    {
        if (ContentTypes.IsJson(contentType) || ContentTypes.IsCloudEvent(contentType)) return Encoding.UTF8.GetBytes(@event.GetRawText());
        if (@event.ValueKind != JsonValueKind.String) throw new JsonException($"an event of content type '{contentType}' is a string");
        if (!ContentTypes.IsBinary(contentType)) return Encoding.UTF8.GetBytes(@event.GetString()!);
        return @event.TryGetBytesFromBase64(out var bytes) ? bytes : throw new JsonException("an event of bytes is in base64");
    }

    static Dictionary<string, string> Metadata(JsonElement entry)
    {
        var metadata = new Dictionary<string, string>();
        if (!entry.TryGetProperty("metadata", out var values) || values.ValueKind == JsonValueKind.Null) return metadata;
        if (values.ValueKind != JsonValueKind.Object) throw new JsonException("metadata is an object");
        foreach (var value in values.EnumerateObject())
        {
            if (value.Value.ValueKind != JsonValueKind.String) throw new JsonException("a value of metadata is a string");
            metadata[value.Name] = value.Value.GetString()!;
        }

        return metadata;
    }

    static string? Text(JsonElement entry, string name)
    {
        if (!entry.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new JsonException($"{name} is a string");
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace MallBots.Sidecar.PubSub.CloudEvents;

/// <summary>
/// Puts what an app publishes into a CloudEvents 1.0 envelope as daprd does (fact P1). Fields stand in alphabetical order, and JSON data is
/// copied as it is: it is checked, but neither parsed into objects nor written again.
/// </summary>
internal static class EventEnvelope
{
    const string DefaultType = "com.dapr.event.sent";
    const string DefaultSource = "Dapr";

    static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    // What follows the first value is ignored, and nesting is only bounded against abuse.
    static readonly JsonReaderOptions Reading = new() { AllowMultipleValues = true, MaxDepth = 1000 };

    /// <summary>The bytes for the broker.</summary>
    /// <exception cref="JsonException">The content type says CloudEvent and the body is none.</exception>
    public static byte[] Wrap(EventToPublish @event, string appId, DateTimeOffset now)
    {
        if (@event.IsRaw) return @event.Data.ToArray();
        return ContentTypes.IsCloudEvent(@event.ContentType) ? Complete(@event, now) : Create(@event, appId, now);
    }

    /// <summary>
    /// The envelope that a subscriber with metadata rawPayload gets around bytes that have none. The id is a new one at every delivery and the
    /// content is always base64: nothing is known of it.
    /// </summary>
    public static byte[] WrapRaw(ReadOnlySpan<byte> data, string pubSubName, string topic)
    {
        var buffer = new ArrayBufferWriter<byte>(data.Length * 4 / 3 + 300);
        using var json = new Utf8JsonWriter(buffer, Writing);
        json.WriteStartObject();
        json.WriteBase64String("data_base64"u8, data);
        json.WriteString("datacontenttype"u8, ContentTypes.Binary);
        json.WriteString("id"u8, Guid.NewGuid().ToString());
        json.WriteString("pubsubname"u8, pubSubName);
        json.WriteString("source"u8, DefaultSource);
        json.WriteString("specversion"u8, "1.0");
        json.WriteString("topic"u8, topic);
        json.WriteString("type"u8, DefaultType);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A new envelope around data that is no CloudEvent.</summary>
    static byte[] Create(EventToPublish @event, string appId, DateTimeOffset now)
    {
        var metadata = @event.Metadata;
        var buffer = new ArrayBufferWriter<byte>(@event.Data.Length * 4 / 3 + 512);
        using var json = new Utf8JsonWriter(buffer, Writing);
        json.WriteStartObject();
        WriteData(json, @event);
        json.WriteString("datacontenttype"u8, Or(@event.ContentType, ContentTypes.Text));
        if (PublishMetadata.TimeToLive(metadata) is { } timeToLive) json.WriteString("expiration"u8, Rfc3339(now + timeToLive));
        json.WriteString("id"u8, Or(PublishMetadata.Override(metadata, "id"), Guid.NewGuid().ToString()));
        json.WriteString("pubsubname"u8, @event.PubSubName);
        json.WriteString("source"u8, Or(PublishMetadata.Override(metadata, "source"), appId));
        json.WriteString("specversion"u8, "1.0");
        json.WriteString("time"u8, Rfc3339(now));
        json.WriteString("topic"u8, @event.Topic);

        // daprd calls the whole trace parent "traceid", for older readers, and lets the metadata override both through that name.
        var traceParent = Or(PublishMetadata.Override(metadata, "traceid"), @event.TraceParent);
        json.WriteString("traceid"u8, traceParent);
        json.WriteString("traceparent"u8, traceParent);
        json.WriteString("tracestate"u8, Or(PublishMetadata.Override(metadata, "tracestate"), @event.TraceState));
        json.WriteString("type"u8, Or(PublishMetadata.Override(metadata, "type"), DefaultType));
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A CloudEvent keeps all that it has; what the sidecar knows better is set, what is missing is filled in, but not the id.</summary>
    static byte[] Complete(EventToPublish @event, DateTimeOffset now)
    {
        var source = ValidUtf8(@event.Data);
        var fields = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        ReadFields(source, fields);

        Set("traceid", @event.TraceParent);
        Set("traceparent", @event.TraceParent);
        Set("tracestate", @event.TraceState);
        Set("topic", @event.Topic);
        Set("pubsubname", @event.PubSubName);
        SetIfMissing("source", DefaultSource);
        SetIfMissing("type", DefaultType);
        SetIfMissing("specversion", "1.0");
        SetIfMissing("time", Rfc3339(now));
        if (PublishMetadata.TimeToLive(@event.Metadata) is { } timeToLive) Set("expiration", Rfc3339(now + timeToLive));

        var buffer = new ArrayBufferWriter<byte>(source.Length + 256);
        using var json = new Utf8JsonWriter(buffer, Writing);
        json.WriteStartObject();
        foreach (var (name, value) in fields)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();

        void Set(string name, string value) => fields[name] = Encoding.UTF8.GetBytes('"' + JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value) + '"');

        void SetIfMissing(string name, string value)
        {
            if (!fields.TryGetValue(name, out var present) || present.Span.SequenceEqual("null"u8)) Set(name, value);
        }
    }

    static void ReadFields(ReadOnlyMemory<byte> source, SortedDictionary<string, ReadOnlyMemory<byte>> fields)
    {
        var reader = new Utf8JsonReader(source.Span, Reading);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("a CloudEvent is a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!reader.Read()) throw new JsonException("unexpected end of JSON");
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            fields[name] = source[start..(int)reader.BytesConsumed];
        }

        if (reader.TokenType != JsonTokenType.EndObject) throw new JsonException("unexpected end of JSON");
    }

    static void WriteData(Utf8JsonWriter json, EventToPublish @event)
    {
        if (ContentTypes.IsBinary(@event.ContentType))
        {
            json.WriteBase64String("data_base64"u8, @event.Data.Span);
            return;
        }

        var data = ValidUtf8(@event.Data);
        if (ContentTypes.IsJson(@event.ContentType) && TryFirstValue(data.Span, out var value))
        {
            json.WritePropertyName("data"u8);
            json.WriteRawValue(value, skipInputValidation: true);
            return;
        }

        // Text, and what calls itself JSON and is none.
        json.WriteString("data"u8, data.Span);
    }

    static bool TryFirstValue(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> value)
    {
        value = default;
        try
        {
            var reader = new Utf8JsonReader(data, Reading);
            if (!reader.Read()) return false;
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            value = data[start..(int)reader.BytesConsumed];
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Bytes that are no UTF-8 become replacement characters, as Go's JSON does it.</summary>
    static ReadOnlyMemory<byte> ValidUtf8(ReadOnlyMemory<byte> data) =>
        Utf8.IsValid(data.Span) ? data : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(data.Span));

    static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    static string Or(string? value, string otherwise) => string.IsNullOrEmpty(value) ? otherwise : value;
}

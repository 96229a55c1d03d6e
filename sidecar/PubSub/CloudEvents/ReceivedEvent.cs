using System.Globalization;
using System.Text.Json;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.PubSub.CloudEvents;

/// <summary>What a delivery needs to know of an envelope that came from the broker.</summary>
/// <param name="Id">For log lines.</param>
/// <param name="TraceParent">Null when the event has no such field.</param>
/// <param name="TraceState">Null when the event has no such field.</param>
/// <param name="Expiration">After this moment nobody wants it any more.</param>
internal readonly record struct ReceivedEvent(string? Id, string? TraceParent, string? TraceState, DateTimeOffset? Expiration)
{
    const string NoTrace = "00-00000000000000000000000000000000-0000000000000000-00";

    static readonly JsonReaderOptions Reading = new() { AllowMultipleValues = true, MaxDepth = 1000 };

    /// <summary>False when the bytes are no JSON object; daprd fails such a delivery, since it cannot be an event.</summary>
    public static bool TryRead(ReadOnlySpan<byte> envelope, out ReceivedEvent @event)
    {
        @event = default;
        try
        {
            return Read(new Utf8JsonReader(envelope, Reading), out @event);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The header that goes with the delivery: none for an event without the field, zeros for a field that is no trace parent.</summary>
    public string? TraceParentHeader => TraceParent is null ? null : CallTrace.IsTraceParent(TraceParent) ? TraceParent : NoTrace;

    static bool Read(Utf8JsonReader reader, out ReceivedEvent @event)
    {
        string? id = null, traceParent = null, traceId = null, traceState = null, expiration = null;
        @event = default;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8)) id = Text(ref reader);
            else if (reader.ValueTextEquals("traceparent"u8)) traceParent = Text(ref reader);
            else if (reader.ValueTextEquals("traceid"u8)) traceId = Text(ref reader);
            else if (reader.ValueTextEquals("tracestate"u8)) traceState = Text(ref reader);
            else if (reader.ValueTextEquals("expiration"u8)) expiration = Text(ref reader);
            else reader.Skip();
        }

        @event = new ReceivedEvent(id, traceParent ?? traceId, traceState, Moment(expiration));
        return reader.TokenType == JsonTokenType.EndObject;
    }

    static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String) return reader.GetString();
        reader.Skip();
        return null;
    }

    static DateTimeOffset? Moment(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment : null;
}

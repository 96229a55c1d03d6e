using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using MallBots.Sidecar.PubSub.CloudEvents;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>What the recordings do not show.</summary>
public sealed class EventEnvelopeTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("{\"a\":1", "application/json", "\"{\\\"a\\\":1\"")]
    [InlineData("", "application/json", "\"\"")]
    [InlineData("{\"b\":9007199254740993,\"a\":1.50}", "application/json; charset=utf-8", "{\"b\":9007199254740993,\"a\":1.50}")]
    [InlineData("<a>", "application/xml", "\"<a>\"")]
    public void Data_stays_what_it_is(string body, string contentType, string data)
    {
        var envelope = Encoding.UTF8.GetString(Wrap(Encoding.UTF8.GetBytes(body), contentType));
        Assert.StartsWith($"{{\"data\":{data},\"datacontenttype\":\"{contentType}\"", envelope, StringComparison.Ordinal);
    }

    [Fact]
    public void A_time_to_live_also_sets_the_expiration_of_a_cloud_event()
    {
        var envelope = Wrap("{\"id\":\"1\",\"source\":null}"u8.ToArray(), ContentTypes.CloudEvent, ("ttlInSeconds", "60"));
        Assert.Equal("2026-01-02T03:05:05Z", JsonNode.Parse(envelope)!["expiration"]!.GetValue<string>());
        Assert.Equal("Dapr", JsonNode.Parse(envelope)!["source"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"id\":\"1\"")]
    [InlineData("{\"id\":}")]
    public void What_is_no_object_is_no_cloud_event(string body) =>
        Assert.ThrowsAny<JsonException>(() => Wrap(Encoding.UTF8.GetBytes(body), ContentTypes.CloudEvent));

    [Property]
    public bool Whatever_bytes_are_published_the_envelope_is_a_cloud_event(byte[] body, bool json)
    {
        var envelope = Wrap(body, json ? ContentTypes.Json : ContentTypes.Text);
        return ReceivedEvent.TryRead(envelope, out var read) && read.Id is not null && JsonNode.Parse(envelope) is JsonObject;
    }

    [Property]
    public bool Whatever_bytes_are_published_as_a_cloud_event_they_are_one_or_are_refused(byte[] body)
    {
        try
        {
            return JsonNode.Parse(Wrap(body, ContentTypes.CloudEvent)) is JsonObject;
        }
        catch (Exception refused) when (refused is JsonException or InvalidOperationException)
        {
            return true;
        }
    }

    static byte[] Wrap(byte[] body, string contentType, params (string Key, string Value)[] metadata) => EventEnvelope.Wrap(
        new EventToPublish("pubsub", "store", body, contentType, metadata.ToDictionary(item => item.Key, item => item.Value)), "stores", Now);
}

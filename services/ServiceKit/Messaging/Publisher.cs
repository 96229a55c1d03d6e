using System.Buffers;
using System.Text.Json;
using Dapr;
using Dapr.Client;
using Grpc.Core;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Messaging;

/// <summary>Hands messages to the broker behind the sidecar's component <c>pubsub</c>.</summary>
interface IBroker
{
    /// <exception cref="UnavailableException">The broker did not take it; it may have it all the same.</exception>
    Task Publish(string topic, ReadOnlyMemory<byte> cloudEvent, string partitionKey, CancellationToken cancel);
}

sealed class DaprBroker(DaprClient dapr, KitOptions options) : IBroker
{
    public const string Component = "pubsub";

    public async Task Publish(string topic, ReadOnlyMemory<byte> cloudEvent, string partitionKey, CancellationToken cancel)
    {
        using var limit = options.LimitOf(cancel);
        try
        {
            // Kafka keeps order by the key; Redis ignores it (fact P9).
            var metadata = new Dictionary<string, string> { ["partitionKey"] = partitionKey };
            await dapr.PublishByteEventAsync(Component, topic, cloudEvent, "application/cloudevents+json", metadata, limit.Token);
        }
        catch (Exception fault) when (fault is DaprException or RpcException || fault is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new UnavailableException($"The broker did not take an event for {topic}.", fault);
        }
    }
}

/// <summary>Writes integration events as CloudEvents 1.0 (specification 5). The id is fixed by aggregate and version, so a repetition has the same one.</summary>
sealed class Publisher(IBroker broker, KitOptions options)
{
    public Task Publish<T>(Topic topic, string id, string name, RecordedEvent recorded, T state, CancellationToken cancel) where T : class, IAggregate<T>
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", $"{topic.Resource}.{id}.{recorded.Version}");
            json.WriteString("source", options.AppId);
            json.WriteString("type", $"mallbots.{topic.Owner}.{name}.v1");
            json.WriteString("subject", id);
            json.WriteString("time", recorded.At.UtcDateTime);
            json.WriteString("datacontenttype", "application/json");
            json.WriteString("aggregateversion", recorded.Version.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("correlationid", recorded.Correlation);
            if (recorded.Causation is { } causation) json.WriteString("causationid", causation);
            json.WritePropertyName("data");
            json.WriteStartObject();
            json.WritePropertyName("fact");
            recorded.Data.WriteTo(json);
            json.WriteBoolean("removed", state.Removed);
            json.WritePropertyName("value");
            var value = state.ToPublic(options.Currency);
            JsonSerializer.Serialize(json, value, value.GetType(), KitJson.Options);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return broker.Publish(topic.Name, buffer.WrittenMemory, id, cancel);
    }
}

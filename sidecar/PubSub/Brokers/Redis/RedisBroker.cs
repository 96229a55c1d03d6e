using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.PubSub.CloudEvents;
using MallBots.Sidecar.Resiliency;
using MallBots.Sidecar.Storage;
using StackExchange.Redis;

namespace MallBots.Sidecar.PubSub.Brokers.Redis;

/// <summary>
/// Redis streams in daprd's own layout: a stream for each topic, its entries with the fields data and metadata, a consumer group for each app.
/// So it shares streams with real sidecars, and it has their traps: a failed message is acknowledged (fact P3), the topics of an app share one
/// pool (fact P9).
/// </summary>
internal sealed class RedisBroker : IBroker
{
    readonly ConcurrentDictionary<IConsumer, RedisSubscription> subscriptions = new();
    readonly Component component;
    readonly RedisSettings settings;
    readonly ResiliencyPolicy inbound;
    readonly TimeProvider clock;
    readonly ILogger log;
    ConnectionMultiplexer? connection;

    public RedisBroker(Component component, ResiliencyPolicy inbound, TimeProvider clock, ILogger log)
    {
        this.component = component;
        settings = RedisSettings.Read(component);
        this.inbound = inbound;
        this.clock = clock;
        this.log = log;
    }

    public async Task OpenAsync(CancellationToken cancel) =>
        connection = await RedisConnectionText.ConnectAsync(component, RedisConnectionText.OptionsOf(component));

    public Task PublishAsync(string topic, IReadOnlyList<BrokerMessage> messages, CancellationToken cancel)
    {
        var redis = Database();
        return messages.Count == 1
            ? redis.ExecuteAsync("XADD", Entry(topic, messages[0]))
            : Task.WhenAll(messages.Select(message => redis.ExecuteAsync("XADD", Entry(topic, message))));
    }

    public async Task SubscribeAsync(IConsumer consumer, CancellationToken cancel)
    {
        var delivery = new PolicyDelivery(consumer, inbound, (topic, message) => PublishAsync(topic, [message], CancellationToken.None), clock, log);
        var subscription = new RedisSubscription(
            settings.ConsumerId ?? consumer.AppId, consumer.Topics, settings, Database(), ConnectForReadingAsync, delivery.DeliverAsync, clock, log);
        subscriptions[consumer] = subscription;
        await subscription.StartAsync();
    }

    public async Task UnsubscribeAsync(IConsumer consumer)
    {
        if (subscriptions.TryRemove(consumer, out var subscription)) await subscription.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var consumer in subscriptions.Keys) await UnsubscribeAsync(consumer);
        if (connection is not null) await connection.DisposeAsync();
    }

    /// <summary>The message in a stream entry; what is no entry of Dapr's is an empty message.</summary>
    internal static BrokerMessage MessageOf(StreamEntry entry)
    {
        var metadata = (string?)entry["metadata"];
        return new BrokerMessage((byte[]?)entry["data"] ?? [], string.IsNullOrEmpty(metadata) ? PublishMetadata.None : ReadMetadata(metadata));
    }

    static IReadOnlyDictionary<string, string> ReadMetadata(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(text) ?? PublishMetadata.None;
        }
        catch (JsonException)
        {
            // As daprd: the event counts, not what came with it.
            return PublishMetadata.None;
        }
    }

    // A read that waits for messages holds its connection, so it has one of its own.
    Task<ConnectionMultiplexer> ConnectForReadingAsync()
    {
        var options = RedisConnectionText.OptionsOf(component);
        options.AsyncTimeout += (int)RedisSubscription.LongestWait.TotalMilliseconds;
        options.AbortOnConnectFail = false;
        options.CommandMap = CommandMap.Create(["SUBSCRIBE"], available: false);
        return ConnectionMultiplexer.ConnectAsync(options);
    }

    object[] Entry(string topic, BrokerMessage message)
    {
        var arguments = new List<object>(10) { topic };
        if (settings.StreamTimeToLive is { } timeToLive)
            arguments.AddRange("MINID", "~", (clock.GetUtcNow() - timeToLive).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        else if (settings.LongestStream > 0)
            arguments.AddRange("MAXLEN", "~", settings.LongestStream);
        arguments.AddRange("*", "data", message.Data, "metadata", JsonSerializer.Serialize(message.Metadata));
        return [.. arguments];
    }

    IDatabase Database() => connection?.GetDatabase() ?? throw new InvalidOperationException("The broker is not open.");
}

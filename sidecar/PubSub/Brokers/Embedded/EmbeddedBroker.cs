using MallBots.Sidecar.Resiliency;

namespace MallBots.Sidecar.PubSub.Brokers.Embedded;

/// <summary>
/// A broker in this process. Each app that subscribes to a topic is a consumer group of it, and once known it is remembered: it gets what is
/// published while it is away. A new group begins with what is retained of the topic, as on Redis (fact P9), so no event is missed while the
/// services of one process start one after another.
/// </summary>
internal sealed class EmbeddedBroker(
    BrokerSettings settings, ResiliencyPolicy inbound, IMessageStore store, Traps traps, TimeProvider clock, ILogger log) : IBroker
{
    readonly Lock gate = new();
    readonly Dictionary<string, ConsumerGroup> groups = new(StringComparer.Ordinal);
    readonly Dictionary<string, string[]> groupsOfTopics = new(StringComparer.Ordinal);

    public async Task OpenAsync(CancellationToken cancel)
    {
        foreach (var stored in await store.OpenAsync())
        {
            lock (gate)
            {
                Remember(stored.Topic, stored.Group);
                Group(stored.Group).Add(stored.Topic, stored.Deliveries);
            }
        }
    }

    public Task PublishAsync(string topic, IReadOnlyList<BrokerMessage> messages, CancellationToken cancel)
    {
        // Under the gate, so that a group that joins has a message either from here or from what is retained, and never from both.
        lock (gate)
        {
            var appIds = groupsOfTopics.GetValueOrDefault(topic) ?? [];
            var receivers = Array.ConvertAll(appIds, Group);
            return store.AppendAsync(topic, messages, appIds, firstId =>
            {
                if (receivers.Length == 0) return;
                var deliveries = new StoredDelivery[messages.Count];
                for (var index = 0; index < deliveries.Length; index++) deliveries[index] = new StoredDelivery(firstId + index, messages[index], Attempts: 0);
                foreach (var group in receivers) group.Add(topic, deliveries);
            });
        }
    }

    public async Task SubscribeAsync(IConsumer consumer, CancellationToken cancel)
    {
        foreach (var topic in consumer.Topics) await JoinAsync(topic, consumer.AppId);
        ConsumerGroup group;
        lock (gate) group = Group(consumer.AppId);
        group.Join(consumer);
    }

    public Task UnsubscribeAsync(IConsumer consumer)
    {
        ConsumerGroup? group;
        lock (gate) group = groups.GetValueOrDefault(consumer.AppId);
        return group?.LeaveAsync(consumer) ?? Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        ConsumerGroup[] all;
        lock (gate) all = [.. groups.Values];
        foreach (var group in all) await group.DisposeAsync();
        await store.DisposeAsync();
    }

    Task JoinAsync(string topic, string appId)
    {
        lock (gate)
        {
            var group = Group(appId);
            return Remember(topic, appId) ? store.JoinAsync(topic, appId, deliveries => group.Add(topic, deliveries)) : Task.CompletedTask;
        }
    }

    bool Remember(string topic, string appId)
    {
        var known = groupsOfTopics.GetValueOrDefault(topic) ?? [];
        if (known.Contains(appId, StringComparer.Ordinal)) return false;
        groupsOfTopics[topic] = [.. known, appId];
        return true;
    }

    ConsumerGroup Group(string appId)
    {
        if (!groups.TryGetValue(appId, out var group))
        {
            group = new ConsumerGroup(
                appId, settings, inbound, store, (topic, message) => PublishAsync(topic, [message], CancellationToken.None), traps, clock, log);
            groups[appId] = group;
        }

        return group;
    }
}

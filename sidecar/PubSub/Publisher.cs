using System.Text.Json;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.CloudEvents;

namespace MallBots.Sidecar.PubSub;

/// <summary>Publishes for both APIs: checks, envelope, broker.</summary>
internal sealed class Publisher(IReadOnlyDictionary<string, PubSubComponent> brokers, TimeProvider clock, ILogger log) : IPublisher
{
    public async Task PublishAsync(
        AppSidecar app,
        string pubSub,
        string topic,
        ReadOnlyMemory<byte> data,
        string? contentType,
        IReadOnlyDictionary<string, string> metadata,
        CallTrace trace,
        CancellationToken cancel)
    {
        var component = Find(app, pubSub, topic);
        var message = Message(app, new EventToPublish(pubSub, topic, data, contentType, IgnoringCase(metadata), trace.Parent, trace.State));
        RefuseForbidden(app, component, topic);
        await StoreAsync(component.Broker, pubSub, topic, [message], cancel);
    }

    public async Task<IReadOnlyList<BulkFailure>> BulkPublishAsync(
        AppSidecar app,
        string pubSub,
        string topic,
        IReadOnlyList<BulkEntry> entries,
        IReadOnlyDictionary<string, string> metadata,
        CallTrace trace,
        CancellationToken cancel)
    {
        var component = Find(app, pubSub, topic);
        RefuseRepeatedIds(app, pubSub, topic, entries);

        var messages = new BrokerMessage[entries.Count];
        for (var index = 0; index < messages.Length; index++)
        {
            // What the call says counts for every entry, but an entry knows better.
            var merged = new Dictionary<string, string>(metadata, StringComparer.OrdinalIgnoreCase);
            foreach (var (name, value) in entries[index].Metadata) merged[name] = value;
            messages[index] = Message(app, new EventToPublish(pubSub, topic, entries[index].Event, entries[index].ContentType, merged, trace.Parent, trace.State));
        }

        RefuseForbidden(app, component, topic);
        if (messages.Length == 0) return [];
        try
        {
            await StoreAsync(component.Broker, pubSub, topic, messages, cancel);
            return [];
        }
        catch (ApiException fault)
        {
            return [.. entries.Select(entry => new BulkFailure(entry.EntryId, fault.Message))];
        }
    }

    PubSubComponent Find(AppSidecar app, string pubSub, string topic)
    {
        if (pubSub.Length == 0) throw PubSubErrors.NameIsEmpty();
        if (!brokers.TryGetValue(pubSub, out var found) || !app.Sees(found.Component)) throw PubSubErrors.NotFound(pubSub);
        if (topic.Length == 0) throw PubSubErrors.TopicIsEmpty(pubSub);
        return found;
    }

    BrokerMessage Message(AppSidecar app, EventToPublish @event)
    {
        try
        {
            return new BrokerMessage(EventEnvelope.Wrap(@event, app.AppId, clock.GetUtcNow()), @event.Metadata);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw PubSubErrors.NoCloudEvent(@event.PubSubName, app.AppId, malformed.Message);
        }
    }

    async Task StoreAsync(IBroker broker, string pubSub, string topic, IReadOnlyList<BrokerMessage> messages, CancellationToken cancel)
    {
        try
        {
            await broker.PublishAsync(topic, messages, cancel);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            if (fault is not TrapException) log.LogError("Publishing to {Topic} of {PubSub} failed: {Reason}", topic, pubSub, fault.Message);
            throw PubSubErrors.PublishFailed(pubSub, topic, fault.Message);
        }
    }

    // After all that can be wrong with the call itself, as daprd has it; also for a bulk without entries.
    static void RefuseForbidden(AppSidecar app, PubSubComponent component, string topic)
    {
        if (!component.Rights.MayPublish(app.AppId, topic)) throw PubSubErrors.Forbidden(component.Name, topic, app.AppId);
    }

    static void RefuseRepeatedIds(AppSidecar app, string pubSub, string topic, IReadOnlyList<BulkEntry> entries)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry.EntryId.Length == 0 || !ids.Add(entry.EntryId))
                throw PubSubErrors.UnusableEntries(pubSub, topic, app.AppId, "entryId is duplicated or not present for entry");
        }
    }

    static IReadOnlyDictionary<string, string> IgnoringCase(IReadOnlyDictionary<string, string> metadata) =>
        metadata.Count == 0 ? PublishMetadata.None : new Dictionary<string, string>(metadata, StringComparer.OrdinalIgnoreCase);
}

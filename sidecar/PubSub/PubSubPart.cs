using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.Brokers.Embedded;
using MallBots.Sidecar.PubSub.Brokers.Redis;
using MallBots.Sidecar.PubSub.Delivery;
using MallBots.Sidecar.Storage;

namespace MallBots.Sidecar.PubSub;

/// <summary>Publish and subscribe: a broker for each pub/sub component, shared by all apps of the process.</summary>
internal sealed class PubSubPart : ISidecarPart, IPublisher
{
    readonly Dictionary<string, PubSubComponent> brokers = new(StringComparer.Ordinal);
    readonly Dictionary<AppSidecar, IReadOnlyList<(IBroker Broker, IConsumer Consumer)>> consumers = [];
    readonly SidecarContext context;
    readonly Publisher publisher;
    readonly SubscriptionDiscovery discovery;
    readonly ILogger log;
    Task leaving = Task.CompletedTask;

    public PubSubPart(SidecarContext context)
    {
        this.context = context;
        log = context.Loggers.CreateLogger("MallBots.Sidecar.PubSub");
        discovery = new SubscriptionDiscovery(context.Clock, log);
        foreach (var component in context.Components)
        {
            if (Create(component) is { } broker) brokers.Add(component.Name, new PubSubComponent(component, new TrappedBroker(broker, context.Traps, context.Clock, log), TopicRights.Of(component)));
        }

        publisher = new Publisher(brokers, context.Clock, log);
    }

    public void AddServices(IServiceCollection services)
    {
    }

    public void Map(IEndpointRouteBuilder grpc, HttpRoutes http) => new PublishRoutes(publisher).Map(http);

    public Task PublishAsync(
        AppSidecar app,
        string pubSub,
        string topic,
        ReadOnlyMemory<byte> data,
        string? contentType,
        IReadOnlyDictionary<string, string> metadata,
        CallTrace trace,
        CancellationToken cancel) => publisher.PublishAsync(app, pubSub, topic, data, contentType, metadata, trace, cancel);

    public Task<IReadOnlyList<BulkFailure>> BulkPublishAsync(
        AppSidecar app,
        string pubSub,
        string topic,
        IReadOnlyList<BulkEntry> entries,
        IReadOnlyDictionary<string, string> metadata,
        CallTrace trace,
        CancellationToken cancel) => publisher.BulkPublishAsync(app, pubSub, topic, entries, metadata, trace, cancel);

    public async Task StartAsync(CancellationToken cancel)
    {
        foreach (var component in brokers.Values) await component.Broker.OpenAsync(cancel);
    }

    public async Task AppConnectedAsync(AppSidecar app, CancellationToken cancel)
    {
        var subscriptions = await discovery.AskAsync(app, cancel);
        app.Subscriptions = [.. subscriptions.Select(Describe)];
        var joined = new List<(IBroker, IConsumer)>();
        try
        {
            foreach (var ofComponent in subscriptions.GroupBy(subscription => subscription.PubSubName))
            {
                if (!brokers.TryGetValue(ofComponent.Key, out var found) || !app.Sees(found.Component))
                {
                    log.LogError("{App} subscribes to the pubsub '{PubSub}', which it does not have", app.AppId, ofComponent.Key);
                    continue;
                }

                var permitted = Permitted(app, found, ofComponent);
                if (permitted.Count == 0) continue;
                var timeout = context.Resiliency.ForComponentInbound(ofComponent.Key).Timeout;
                var consumer = new TrappedConsumer(new AppConsumer(app, found, permitted, timeout, context.Clock, log), context.Traps);
                joined.Add((found.Broker, consumer));
                await found.Broker.SubscribeAsync(consumer, cancel);
            }
        }
        finally
        {
            // It may have gone in the meantime.
            lock (consumers)
            {
                if (cancel.IsCancellationRequested) leaving = Task.WhenAll(leaving, LeaveAsync(joined));
                else consumers[app] = joined;
            }
        }
    }

    public void AppDisconnected(AppSidecar app)
    {
        lock (consumers)
        {
            if (consumers.Remove(app, out var joined)) leaving = Task.WhenAll(leaving, LeaveAsync(joined));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task ended;
        lock (consumers) ended = leaving;
        await ended;
        foreach (var component in brokers.Values) await component.Broker.DisposeAsync();
    }

    // daprd says it as an error, tries again for ever, and goes on with the others (fact P14); trying again can't help, so it is said once.
    List<Subscription> Permitted(AppSidecar app, PubSubComponent component, IEnumerable<Subscription> wanted)
    {
        var permitted = new List<Subscription>();
        foreach (var subscription in wanted)
        {
            if (component.Rights.MaySubscribe(app.AppId, subscription.Topic)) permitted.Add(subscription);
            else log.LogError("{App}: subscription to topic '{Topic}' on pubsub '{PubSub}' is not allowed", app.AppId, subscription.Topic, component.Name);
        }

        return permitted;
    }

    static async Task LeaveAsync(IReadOnlyList<(IBroker Broker, IConsumer Consumer)> joined)
    {
        foreach (var (broker, consumer) in joined) await broker.UnsubscribeAsync(consumer);
    }

    IBroker? Create(Component component)
    {
        var inbound = context.Resiliency.ForComponentInbound(component.Name);
        switch (component.Type)
        {
            case "pubsub.in-memory":
                return Embedded(BrokerSettings.InMemory, new MemoryMessageStore(BrokerSettings.InMemory, context.Clock));
            case "pubsub.embedded":
                var settings = BrokerSettings.Read(component);
                return Embedded(settings, OpenStore(component, settings));
            case "pubsub.redis":
                return new RedisBroker(component, inbound, context.Clock, log);
            default:
                return null;
        }

        EmbeddedBroker Embedded(BrokerSettings settings, IMessageStore store) => new(settings, inbound, store, context.Traps, context.Clock, log);
    }

    IMessageStore OpenStore(Component component, BrokerSettings settings)
    {
        if (context.Options.DataDirectory is not { } directory) return new MemoryMessageStore(settings, context.Clock);
        var path = SqliteConnectionText.PathOf(component.Setting("connectionString") ?? "pubsub.db", directory);
        return new SqliteMessageStore(SqliteFile.Open(path), component.Name, settings, context.Clock, log);
    }

    static AppSubscription Describe(Subscription subscription) => new(
        subscription.PubSubName,
        subscription.Topic,
        subscription.Metadata,
        [new AppSubscriptionRule("", subscription.Route)],
        subscription.DeadLetterTopic ?? "");
}

using System.Collections.Concurrent;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.Brokers.Embedded;
using MallBots.Sidecar.PubSub.Delivery;
using MallBots.Sidecar.Storage;

namespace MallBots.Sidecar.PubSub;

/// <summary>Publish and subscribe: a broker for each pub/sub component, shared by all apps of the process.</summary>
internal sealed class PubSubPart : ISidecarPart
{
    readonly Dictionary<string, (Component Component, IBroker Broker)> brokers = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<AppSidecar, IReadOnlyList<(IBroker Broker, IConsumer Consumer)>> consumers = new();
    readonly SidecarContext context;
    readonly SubscriptionDiscovery discovery;
    readonly ILogger log;

    public PubSubPart(SidecarContext context)
    {
        this.context = context;
        log = context.Loggers.CreateLogger("MallBots.Sidecar.PubSub");
        discovery = new SubscriptionDiscovery(context.Clock, log);
        foreach (var component in context.Components)
        {
            if (Create(component) is { } broker) brokers.Add(component.Name, (component, broker));
        }

        Publisher = new Publisher(brokers, context.Clock, log);
    }

    /// <summary>For both APIs.</summary>
    public IPublisher Publisher { get; }

    public void AddServices(IServiceCollection services)
    {
    }

    public void Map(IEndpointRouteBuilder grpc, HttpRoutes http) => new PublishRoutes(Publisher).Map(http);

    public async Task StartAsync(CancellationToken cancel)
    {
        foreach (var (_, broker) in brokers.Values) await broker.OpenAsync(cancel);
    }

    public async Task AppConnectedAsync(AppSidecar app, CancellationToken cancel)
    {
        await LeaveAsync(app);
        var subscriptions = await discovery.AskAsync(app, cancel);
        app.Subscriptions = [.. subscriptions.Select(Describe)];
        var joined = new List<(IBroker, IConsumer)>();
        consumers[app] = joined;
        foreach (var ofComponent in subscriptions.GroupBy(subscription => subscription.PubSubName))
        {
            if (!brokers.TryGetValue(ofComponent.Key, out var found) || !app.Sees(found.Component))
            {
                log.LogError("{App} subscribes to the pubsub '{PubSub}', which it does not have", app.AppId, ofComponent.Key);
                continue;
            }

            var timeout = context.Resiliency.ForComponentInbound(ofComponent.Key).Timeout;
            var consumer = new AppConsumer(app, ofComponent.Key, ofComponent, timeout, context.Clock, log);
            joined.Add((found.Broker, consumer));
            await found.Broker.SubscribeAsync(consumer, cancel);
        }

        // It may have gone in the meantime.
        if (cancel.IsCancellationRequested) await LeaveAsync(app);
    }

    public void AppDisconnected(AppSidecar app) => _ = LeaveAsync(app);

    public async ValueTask DisposeAsync()
    {
        foreach (var app in consumers.Keys) await LeaveAsync(app);
        foreach (var (_, broker) in brokers.Values) await broker.DisposeAsync();
    }

    async Task LeaveAsync(AppSidecar app)
    {
        if (!consumers.TryRemove(app, out var joined)) return;
        foreach (var (broker, consumer) in joined.ToArray()) await broker.UnsubscribeAsync(consumer);
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

using System.Collections.Concurrent;
using System.Text.Json;
using MallBots.Contracts;

namespace MallBots.Local.Audit;

/// <summary>Reads a <see cref="MallSnapshot"/>: the public part through the gateway, the rest from the services' internal routes.</summary>
static class SnapshotReader
{
    static readonly (string App, string Resource)[] Aggregates =
    [
        (Apps.Stores, "store"), (Apps.Stores, "product"), (Apps.Customers, "customer"), (Apps.Baskets, "basket"), (Apps.Payments, "payment"),
        (Apps.Ordering, "order"), (Apps.OrderWorkflow, "process"), (Apps.Depot, "shopping-list"), (Apps.Depot, "bot"), (Apps.Notifications, "notification"),
    ];

    public static async Task<MallSnapshot> Read(MallReader mall, bool internals, CancellationToken cancel) => new()
    {
        // The orders last of those that are held against them would be no better: a mall that is not quiet is read again anyway.
        CheckedOutBaskets = await mall.Public<BasketResource>("/api/baskets?status=checkedOut", cancel),
        Orders = await mall.Public<OrderResource>("/api/orders", cancel),
        Payments = await mall.Public<PaymentResource>("/api/payments", cancel),
        ShoppingLists = await mall.Public<ShoppingListResource>("/api/shopping-lists", cancel),
        Bots = await mall.Public<BotResource>("/api/bots", cancel),
        Notifications = await mall.Public<NotificationResource>("/api/notifications", cancel),
        Workflows = await mall.Public<OrderWorkflowResource>("/api/order-workflows", cancel),
        FoundOrders = await mall.Public<OrderSearchResult>("/api/search/orders", cancel),
        FoundProducts = await mall.Public<ProductSearchResult>("/api/search/products", cancel),
        Health = await mall.Health(cancel),
        Internals = internals && mall.SeesInternals ? await ReadInternals(mall, cancel) : null,
    };

    static async Task<Internals> ReadInternals(MallReader mall, CancellationToken cancel)
    {
        var payments = await mall.Internal<EntityItem<PaymentResource>>(Apps.Payments, "payment", cancel);
        var ledger = await mall.InternalByIds<LedgerAccount>(Apps.Payments, "provider-ledger", payments.Select(payment => payment.Id), cancel);
        return new Internals
        {
            Stores = await mall.Internal<EntityItem<StoreResource>>(Apps.Stores, "store", cancel),
            Products = await mall.Internal<EntityItem<ProductResource>>(Apps.Stores, "product", cancel),
            Customers = await mall.Internal<EntityItem<CustomerResource>>(Apps.Customers, "customer", cancel),
            Replicas = await ReadReplicas(mall, cancel),
            Ledger = ledger?.ToDictionary(account => account.PaymentId),
            Lives = await ReadLives(mall, cancel),
        };
    }

    /// <summary>Every service that keeps state is asked which copies it keeps, so that those of a service added later are held against their owner too.</summary>
    static async Task<IReadOnlyList<ReplicaSet>> ReadReplicas(MallReader mall, CancellationToken cancel)
    {
        List<ReplicaSet> sets = [];
        foreach (var keeper in Apps.All.Where(app => app.Components.Contains(ComponentNames.StateStore)).Select(app => app.Id))
        {
            foreach (var topic in await mall.Internal<ReplicatedTopic>(keeper, "replicas", cancel))
            {
                var owned = await mall.Internal<EntityItem<JsonElement>>(topic.Owner, topic.Resource, cancel);
                var kept = await mall.InternalByIds<EntityItem<JsonElement>>(keeper, $"replicas/{topic.Owner}/{topic.Resource}", owned.Select(entity => entity.Id), cancel);
                sets.Add(new ReplicaSet(keeper, topic, owned, (kept ?? []).ToDictionary(copy => copy.Id)));
            }
        }

        return sets;
    }

    static async Task<IReadOnlyList<EntityEvents>> ReadLives(MallReader mall, CancellationToken cancel)
    {
        ConcurrentBag<EntityEvents> lives = [];
        var bounded = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancel };
        foreach (var (app, resource) in Aggregates)
        {
            var all = await mall.Internal<EntityItem<JsonElement>>(app, resource, cancel);
            await Parallel.ForEachAsync(all, bounded, async (entity, aborted) =>
                lives.Add(await mall.InternalOne<EntityEvents>(app, $"{resource}/{entity.Id}/events", aborted)));
        }

        return [.. lives];
    }
}

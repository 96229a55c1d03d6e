using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Subscriptions;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Depot.Internal;

/// <summary>create-shopping-list: makes the list of an order. Sent by the create-order workflow.</summary>
public static class CreateShoppingListCommand
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<CreateShoppingList>(async (sent, command, services) =>
    {
        var products = services.GetRequiredService<Replicas<ProductReplica>>();
        var stores = services.GetRequiredService<Replicas<StoreReplica>>();
        return InternalApi.Answer(await services.GetRequiredService<Documents<ShoppingList>>().Put(sent.OrderId, command, list =>
            list is not null
                ? new ValueTask<Decision>(ShoppingList.Create(list, sent.OrderId, list.Stops)) // It needs no catalogue any more.
                : BeforeRefusing.AskOwner(fresh => Create(sent, products, stores, fresh, command.Aborted))));
    });

    static async Task<Decision> Create(
        CreateShoppingList sent, Replicas<ProductReplica> products, Replicas<StoreReplica> stores, Freshness fresh, CancellationToken cancel)
    {
        var found = await Task.WhenAll(sent.Items.Select(async item =>
            (Item: item, Product: await products.Find(item.ProductId, fresh, cancel), Store: await stores.Find(item.StoreId, fresh, cancel))));
        var missing = found.Where(line => line.Product is null or { Removed: true } || line.Store is null or { Removed: true }).ToList();
        if (missing.Count > 0)
        {
            var names = missing.Select(line => line.Product is { } product ? $"{product.Value.Name} ({line.Item.ProductId})" : line.Item.ProductId).ToList();
            return DepotRefusals.ProductUnavailable.Because($"Can't be had any more: {string.Join(", ", names)}.");
        }

        var stops = found.GroupBy(line => line.Item.StoreId).Select(store => new ShoppingStop(
            store.Key, store.First().Store!.Value.Name, store.First().Store!.Value.Location,
            [.. store.GroupBy(line => line.Item.ProductId).Select(product => new ShoppingItem(
                product.Key, product.First().Product!.Value.Name, product.Sum(line => line.Item.Quantity), Picked: 0))]));
        return ShoppingList.Create(null, sent.OrderId, [.. stops]);
    }
}

using MallBots.Baskets.Domain;
using MallBots.Contracts;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Baskets.Subscriptions;

/// <summary>What baskets keep of a product.</summary>
public sealed record ProductCopy(string StoreId, string Name, decimal Price);

/// <summary>What baskets keep of a store.</summary>
public sealed record StoreCopy(string Name, bool Participating);

/// <summary>What the mall offers: copies of stores and products, and their owner where a copy will not do.</summary>
public sealed class Offers(Replicas<ProductCopy> products, Replicas<StoreCopy> stores)
{
    const int AtOnce = 20;

    /// <summary>Keeps the copies.</summary>
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on
        .Replicate(Topics.Store, store => new StoreCopy(store.Name, store.Participating))
        .Replicate(Topics.Product, product => new ProductCopy(product.StoreId, product.Name, product.Price));

    /// <summary>The present offer of a product; null when nobody knows the product.</summary>
    /// <exception cref="ServiceKit.State.UnavailableException">Store or owner did not answer.</exception>
    public async Task<Offer?> Find(string productId, Freshness freshness, CancellationToken cancel) =>
        (await Find([productId], freshness, cancel)).GetValueOrDefault(productId);

    /// <summary>The present offers of these products, those that nobody knows left out.</summary>
    /// <exception cref="ServiceKit.State.UnavailableException">Store or owner did not answer.</exception>
    public async Task<IReadOnlyDictionary<string, Offer>> Find(IEnumerable<string> productIds, Freshness freshness, CancellationToken cancel)
    {
        var found = await Find(products, productIds, freshness, cancel);
        var theirStores = await Find(stores, found.Values.Select(product => product.Value.StoreId).Distinct(), freshness, cancel);
        return (from product in found
                let store = theirStores.GetValueOrDefault(product.Value.Value.StoreId)
                where store is not null
                select new Offer(
                    product.Key, product.Value.Value.StoreId, store.Value.Name, product.Value.Value.Name, product.Value.Value.Price, product.Value.Removed,
                    store.Value.Participating)).ToDictionary(offer => offer.ProductId);
    }

    static async Task<Dictionary<string, Replica<TCopy>>> Find<TCopy>(Replicas<TCopy> replicas, IEnumerable<string> ids, Freshness freshness, CancellationToken cancel)
        where TCopy : class
    {
        Dictionary<string, Replica<TCopy>> all = [];
        foreach (var some in ids.Chunk(AtOnce))
        {
            var found = await Task.WhenAll(some.Select(id => replicas.Find(id, freshness, cancel)));
            foreach (var (id, replica) in some.Zip(found))
                if (replica is not null) all[id] = replica;
        }

        return all;
    }
}

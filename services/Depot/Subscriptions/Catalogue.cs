using MallBots.Contracts;

namespace MallBots.Depot.Subscriptions;

/// <summary>Replicas of what stores owns: where to drive to, and what to collect there.</summary>
public static class Catalogue
{
    /// <summary>Puts the replicas into the subscriptions.</summary>
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on
        .Replicate(Topics.Store, store => new StoreReplica(store.Name, store.Location))
        .Replicate(Topics.Product, product => new ProductReplica(product.Name));
}

/// <summary>What the depot keeps of a store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Location">Where it is on the floor plan.</param>
public sealed record StoreReplica(string Name, string Location);

/// <summary>What the depot keeps of a product.</summary>
/// <param name="Name">Its name.</param>
public sealed record ProductReplica(string Name);

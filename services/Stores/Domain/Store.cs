using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Stores.Domain;

/// <summary>A store of the mall. Specification 3, stores.</summary>
public sealed record Store(string StoreId, string Name, string Location, bool Participating) : IAggregate<Store>
{
    /// <inheritdoc/>
    public static Topic Topic => Topics.Store;

    /// <summary>A new store; it does not take part at first.</summary>
    public static Decision Create(string storeId, string name, string location) => new StoreCreated(storeId, name, location);

    /// <summary>Another name; the same one again changes nothing.</summary>
    public Decision Rebrand(string name) => name == Name ? Decision.Nothing : new StoreRebranded(name);

    /// <summary>May its products be put into baskets? Saying the same again changes nothing.</summary>
    public Decision SetParticipation(bool participating) => participating == Participating ? Decision.Nothing : new StoreParticipationChanged(participating);

    /// <inheritdoc/>
    public static Store Evolve(Store? store, Happened happened) => happened.Event switch
    {
        StoreCreated created => new(created.StoreId, created.Name, created.Location, Participating: false),
        StoreRebranded rebranded => store! with { Name = rebranded.Name },
        StoreParticipationChanged changed => store! with { Participating = changed.Participating },
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a store."),
    };

    /// <inheritdoc/>
    public object ToPublic(string currency) => new StoreResource(StoreId, Name, Location, Participating);
}

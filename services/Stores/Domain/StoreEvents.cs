using MallBots.ServiceKit.Domain;

namespace MallBots.Stores.Domain;

/// <summary>A store opened.</summary>
[Published("store-created")]
public sealed record StoreCreated(string StoreId, string Name, string Location) : DomainEvent;

/// <summary>The store has another name.</summary>
[Published("store-rebranded")]
public sealed record StoreRebranded(string Name) : DomainEvent;

/// <summary>The store takes part from now on, or no longer.</summary>
[Published("store-participation-changed")]
public sealed record StoreParticipationChanged(bool Participating) : DomainEvent;

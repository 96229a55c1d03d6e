using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Depot.Domain;

/// <summary>The list of an order was made; its order is not approved yet.</summary>
[Published("shopping-list-created")]
public sealed record ShoppingListCreated(string OrderId, IReadOnlyList<ShoppingStop> Stops) : DomainEvent;

/// <summary>The list waits for a bot.</summary>
[Published("shopping-list-initiated")]
public sealed record ShoppingListInitiated : DomainEvent;

/// <summary>A bot has it.</summary>
[Published("shopping-list-assigned")]
public sealed record ShoppingListAssigned(string BotId, int Attempt) : DomainEvent;

/// <summary>Units of a product were collected.</summary>
public sealed record ItemPicked(string StoreId, string ProductId, int Quantity) : DomainEvent;

/// <summary>Its bot lost it; it waits again, with what was picked so far.</summary>
public sealed record ShoppingListTakenBack(int Attempt) : DomainEvent;

/// <summary>It was brought to the depot.</summary>
[Published("shopping-list-completed")]
public sealed record ShoppingListCompleted(bool Everything) : DomainEvent;

/// <summary>It was given up, perhaps before it was made.</summary>
[Published("shopping-list-canceled")]
public sealed record ShoppingListCanceled(string OrderId) : DomainEvent;

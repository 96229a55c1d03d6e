using MallBots.ServiceKit.Domain;

namespace MallBots.Depot.Domain;

/// <summary>A bot was registered.</summary>
[Published("bot-registered")]
public sealed record BotRegistered(string BotId, string Name) : DomainEvent;

/// <summary>It takes lists.</summary>
[Published("bot-came-online")]
public sealed record BotCameOnline : DomainEvent;

/// <summary>It takes lists no more.</summary>
[Published("bot-went-offline")]
public sealed record BotWentOffline : DomainEvent;

/// <summary>It is reserved for a list. Where another bot was faster, it is idle again at once.</summary>
[Published("bot-activated")]
public sealed record BotActivated(string ShoppingListId, int Attempt) : DomainEvent;

/// <summary>It is simulated by this replica of the service, which takes its list back after a restart.</summary>
public sealed record BotDriven(string Driver) : DomainEvent;

/// <summary>It stands at a store.</summary>
public sealed record BotArrived(string StoreId) : DomainEvent;

/// <summary>It is back and has no list.</summary>
[Published("bot-idled")]
public sealed record BotIdled : DomainEvent;

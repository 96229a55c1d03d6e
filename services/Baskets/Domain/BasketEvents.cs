using System.Collections.Immutable;
using MallBots.ServiceKit.Domain;

namespace MallBots.Baskets.Domain;

/// <summary>A customer took a basket.</summary>
[Published("basket-started")]
public sealed record BasketStarted(string BasketId, string CustomerId) : DomainEvent;

/// <summary>Units of a product were put in; its line shows these names and this price from now on.</summary>
public sealed record ItemAdded(string ProductId, string StoreId, string StoreName, string ProductName, decimal Price, int Quantity) : DomainEvent;

/// <summary>Units of a product were taken out.</summary>
public sealed record ItemRemoved(string ProductId, int Quantity) : DomainEvent;

/// <summary>A checkout found that the basket is not what it was; the changes are taken over.</summary>
public sealed record BasketRepriced(ImmutableList<BasketChange> Changes) : DomainEvent;

/// <summary>The customer gave the basket up.</summary>
[Published("basket-canceled")]
public sealed record BasketCanceled : DomainEvent;

/// <summary>The basket becomes an order.</summary>
[Published("basket-checked-out")]
public sealed record BasketCheckedOut(string PaymentId) : DomainEvent;

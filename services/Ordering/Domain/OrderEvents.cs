using System.Collections.Immutable;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Ordering.Domain;

/// <summary>A basket was checked out and became an order.</summary>
[Published(Name)]
public sealed record OrderCreated(
    string OrderId, string CustomerId, string PaymentId, DateTimeOffset PlacedAt, ImmutableList<OrderLine> Items) : DomainEvent
{
    internal const string Name = "order-created";
}

/// <summary>Customer, list and payment are in order; the depot may begin.</summary>
[Published(Name)]
public sealed record OrderApproved(string ShoppingListId) : DomainEvent
{
    internal const string Name = "order-approved";
}

/// <summary>The workflow refused the order.</summary>
[Published(Name)]
public sealed record OrderRejected(Reason Reason) : DomainEvent
{
    internal const string Name = "order-rejected";
}

/// <summary>The customer asked to cancel. The request's number is the event's version.</summary>
[Published(Name)]
public sealed record OrderCancelRequested(CancelDuring During, string Reason) : DomainEvent
{
    internal const string Name = "order-cancel-requested";
}

/// <summary>The customer's request can't be met; the order goes on.</summary>
[Published(Name)]
public sealed record OrderCancelRefused(long Request, string Code) : DomainEvent
{
    internal const string Name = "order-cancel-refused";
}

/// <summary>A bot has the order's list.</summary>
[Published(Name)]
public sealed record OrderShoppingStarted : DomainEvent
{
    internal const string Name = "order-shopping-started";
}

/// <summary>The order lies at the depot.</summary>
/// <param name="Picked">Units that were picked, by product; a product that is not named was not picked.</param>
[Published(Name)]
public sealed record OrderReadied(ImmutableDictionary<string, int> Picked) : DomainEvent
{
    internal const string Name = "order-readied";
}

/// <summary>The order has an invoice. Not published: payments announced it.</summary>
public sealed record InvoiceBecameKnown(string InvoiceId) : DomainEvent;

/// <summary>The order is given up.</summary>
[Published(Name)]
public sealed record OrderCanceled(Reason Reason) : DomainEvent
{
    internal const string Name = "order-canceled";
}

/// <summary>The order is paid and handed over.</summary>
[Published(Name)]
public sealed record OrderCompleted : DomainEvent
{
    internal const string Name = "order-completed";
}

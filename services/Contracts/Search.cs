namespace MallBots.Contracts;

/// <summary>An order as search shows it: with the present names of customer, stores and products.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="CustomerId">Who ordered.</param>
/// <param name="CustomerName">The customer's present name; null while search has not heard of the customer.</param>
/// <param name="PaymentId">The payment named at checkout.</param>
/// <param name="PlacedAt">When the basket was checked out, in UTC.</param>
/// <param name="Items">What was ordered; store and product by their present names.</param>
/// <param name="Total">What it costs; what was picked once it is ready.</param>
/// <param name="Currency">The mall's currency.</param>
/// <param name="Status">What it is now.</param>
/// <param name="ShoppingListId">The depot's list, once approved.</param>
/// <param name="InvoiceId">The invoice, once that is known.</param>
/// <param name="Reason">Why it was rejected or canceled.</param>
/// <param name="CancelRequest">The customer's latest request to cancel.</param>
/// <param name="History">Every event of the order, oldest first, with the status after it.</param>
public sealed record OrderSearchResult(
    string OrderId, string CustomerId, string? CustomerName, string PaymentId, DateTimeOffset PlacedAt, IReadOnlyList<OrderLine> Items, decimal Total,
    string Currency, OrderStatus Status, string? ShoppingListId, string? InvoiceId, Reason? Reason, CancelRequest? CancelRequest,
    IReadOnlyList<OrderHistoryEntry> History);

/// <summary>A product that can be bought now.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="StoreId">The store that sells it.</param>
/// <param name="StoreName">The store's name.</param>
/// <param name="Name">The product's name.</param>
/// <param name="Description">Its description.</param>
/// <param name="Sku">The store's own number of it.</param>
/// <param name="Price">Price of one unit.</param>
/// <param name="Currency">The mall's currency.</param>
public sealed record ProductSearchResult(
    string ProductId, string StoreId, string StoreName, string Name, string Description, string Sku, decimal Price, string Currency);

/// <summary>What a rebuild can be.</summary>
public enum RebuildStatus
{
    /// <summary>There was none yet.</summary>
    None,

    /// <summary>It is under way.</summary>
    Running,

    /// <summary>All was read from the owners anew.</summary>
    Done,
}

/// <summary>The latest rebuild of the read models.</summary>
/// <param name="Status">What it is now.</param>
/// <param name="Number">Counts the rebuilds; 0 when there was none.</param>
/// <param name="Entities">How many entities were read from their owners so far.</param>
/// <param name="StartedAt">When it was asked for, in UTC.</param>
/// <param name="FinishedAt">When it was done, in UTC.</param>
public sealed record RebuildProgress(RebuildStatus Status, long Number, long Entities, DateTimeOffset? StartedAt = null, DateTimeOffset? FinishedAt = null);

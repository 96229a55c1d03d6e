namespace MallBots.Contracts;

/// <summary>What a basket can be.</summary>
public enum BasketStatus
{
    /// <summary>Items can be put in and taken out.</summary>
    Open,

    /// <summary>Became an order.</summary>
    CheckedOut,

    /// <summary>Given up by the customer.</summary>
    Canceled,
}

/// <summary>A customer's basket.</summary>
/// <param name="BasketId">Its id, and that of the order it becomes.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="Status">What it is now.</param>
/// <param name="Items">Its lines, in the order they were added.</param>
/// <param name="Total">Sum of the lines that can be bought.</param>
/// <param name="Currency">The mall's currency.</param>
/// <param name="PaymentId">The payment named at checkout.</param>
/// <param name="OrderId">The order it became.</param>
/// <param name="CheckedOutAt">When, in UTC.</param>
public sealed record BasketResource(
    string BasketId, string CustomerId, BasketStatus Status, IReadOnlyList<BasketLine> Items, decimal Total, string Currency,
    string? PaymentId = null, string? OrderId = null, DateTimeOffset? CheckedOutAt = null);

/// <summary>A line of a basket.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="StoreId">Its store.</param>
/// <param name="StoreName">The store's name as the customer saw it.</param>
/// <param name="ProductName">The product's name as the customer saw it.</param>
/// <param name="Price">Price of one unit as the customer saw it.</param>
/// <param name="Quantity">Units, 1 to 1,000.</param>
/// <param name="Unavailable">True when the product or its store left; such a line is no part of the total.</param>
public sealed record BasketLine(
    string ProductId, string StoreId, string StoreName, string ProductName, decimal Price, int Quantity, bool Unavailable = false);

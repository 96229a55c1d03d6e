using MallBots.ServiceKit.Domain;

namespace MallBots.Baskets.Domain;

/// <summary>What this service refuses.</summary>
public static class BasketRefusals
{
    /// <summary>There is no such basket.</summary>
    public static readonly RefusalKind Unknown = new("basket-unknown", 404, "There is no such basket");

    /// <summary>There is no such customer.</summary>
    public static readonly RefusalKind CustomerUnknown = new("customer-unknown", 404, "There is no such customer");

    /// <summary>The customer may not shop.</summary>
    public static readonly RefusalKind CustomerDisabled = new("customer-disabled", 409, "The customer is disabled");

    /// <summary>There is no such product, or it was removed.</summary>
    public static readonly RefusalKind ProductUnknown = new("product-unknown", 404, "There is no such product");

    /// <summary>The product's store does not take part.</summary>
    public static readonly RefusalKind StoreNotParticipating = new("store-not-participating", 409, "The store does not take part");

    /// <summary>The basket is checked out or canceled.</summary>
    public static readonly RefusalKind NotOpen = new("basket-not-open", 409, "The basket is not open");

    /// <summary>The total would be too high.</summary>
    public static readonly RefusalKind TooExpensive = new("basket-too-expensive", 409, "The basket is too expensive");

    /// <summary>It holds too many products.</summary>
    public static readonly RefusalKind Full = new("basket-full", 409, "The basket is full");

    /// <summary>Nothing in it can be bought.</summary>
    public static readonly RefusalKind Empty = new("basket-empty", 409, "The basket is empty");

    /// <summary>It is not any more what the customer saw; the answer says what changed.</summary>
    public static readonly RefusalKind Outdated = new("basket-outdated", 409, "The basket was outdated");

    static readonly RefusalKind Invalid = new("invalid-request", 400, "The request is invalid");

    /// <summary>With the units that are in it already, the quantity is out of its bounds.</summary>
    public static Refusal TooMany(int there, int quantity, int most)
    {
        var error = $"must lead to {most} units of a product at most; there are {there} in the basket, {quantity} more are too many.";
        return Invalid.Because($"quantity: {error}", new { errors = new { quantity = new[] { error } } });
    }
}

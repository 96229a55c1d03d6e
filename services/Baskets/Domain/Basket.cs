using System.Collections.Immutable;
using System.Globalization;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Baskets.Domain;

/// <summary>A customer's basket. Specification 3, baskets.</summary>
public sealed record Basket(
    string BasketId, string CustomerId, BasketStatus Status, ImmutableList<BasketLine> Items, string? PaymentId = null, DateTimeOffset? CheckedOutAt = null)
    : IAggregate<Basket>
{
    const int MostUnits = 1_000;
    const int MostProducts = 100;
    const decimal HighestTotal = 1_000_000m;

    /// <inheritdoc/>
    public static Topic Topic => Topics.Basket;

    /// <inheritdoc/>
    IEnumerable<string> IAggregate<Basket>.Lists => [ListOf(CustomerId)];

    /// <summary>The list of a customer's baskets.</summary>
    public static string ListOf(string customerId) => $"customer-{customerId}";

    /// <summary>Sum of the lines that can be bought.</summary>
    public decimal Total => TotalOf(Items);

    /// <summary>The products that a checkout has to look at.</summary>
    public IEnumerable<string> ProductsToCheck() => Status == BasketStatus.Open ? Items.Select(line => line.ProductId) : [];

    /// <summary>A new basket of a customer who may shop; null is a customer that nobody knows.</summary>
    public static Decision Start(string basketId, string customerId, Shopper? customer) => customer switch
    {
        null => BasketRefusals.CustomerUnknown.Because($"There is no customer with the id {customerId}."),
        { Enabled: false } => BasketRefusals.CustomerDisabled.Because("The customer may not shop."),
        _ => new BasketStarted(basketId, customerId),
    };

    /// <summary>Why no more units of a product can be put in, whatever is known of the product; null when they can.</summary>
    public Refusal? CannotTake(string productId, int quantity) =>
        Status != BasketStatus.Open ? NotOpen()
        : Find(productId) is { } line
            ? line.Quantity + quantity > MostUnits ? BasketRefusals.TooMany(line.Quantity, quantity, MostUnits) : null
            : Items.Count >= MostProducts ? BasketRefusals.Full.Because($"It holds {MostProducts} products already.") : null;

    /// <summary>
    /// Puts units of a product in. There is one line a product, with names and price as they are now: the customer sees them in the answer. Null is a
    /// product that nobody knows.
    /// </summary>
    public Decision AddItem(string productId, int quantity, Offer? offer)
    {
        if (CannotTake(productId, quantity) is { } refusal) return refusal;
        if (offer is null or { Removed: true }) return BasketRefusals.ProductUnknown.Because($"There is no product with the id {productId}.");
        if (!offer.StoreParticipating) return BasketRefusals.StoreNotParticipating.Because($"{offer.StoreName} does not take part.");
        var added = new ItemAdded(productId, offer.StoreId, offer.StoreName, offer.ProductName, offer.Price, quantity);
        var total = TotalOf(With(added));
        return total > HighestTotal ? TooExpensive(total) : added;
    }

    /// <summary>Takes units of a product out, without a quantity the whole line; more than there is: the whole line. What is not in it: nothing changes.</summary>
    public Decision RemoveItem(string productId, int? quantity)
    {
        if (Status != BasketStatus.Open) return NotOpen();
        return Find(productId) is { } line ? new ItemRemoved(productId, Math.Min(quantity ?? line.Quantity, line.Quantity)) : Decision.Nothing;
    }

    /// <summary>Gives the basket up; again: nothing changes.</summary>
    public Decision Cancel() => Status switch
    {
        BasketStatus.Open => new BasketCanceled(),
        BasketStatus.Canceled => Decision.Nothing,
        _ => NotOpen(),
    };

    /// <summary>
    /// Makes an order of the basket, if it still is what the customer saw. Else it is refused, lists what changed and takes that over, so that the next
    /// checkout is for what the customer sees then. Lines that are unavailable are left out. The same payment again: nothing changes.
    /// </summary>
    /// <param name="paymentId">What the order is to be paid with.</param>
    /// <param name="offers">What is offered now of <see cref="ProductsToCheck"/>.</param>
    public Decision CheckOut(string paymentId, IReadOnlyDictionary<string, Offer> offers)
    {
        if (Status == BasketStatus.CheckedOut && paymentId == PaymentId) return Decision.Nothing;
        if (Status != BasketStatus.Open) return NotOpen();

        var changes = Items.Select(line => BasketChange.Between(line, offers.GetValueOrDefault(line.ProductId))).OfType<BasketChange>().ToImmutableList();
        if (!changes.IsEmpty) return BasketRefusals.Outdated.Because(Say(changes), new { changes }).With(new BasketRepriced(changes));
        if (Items.All(line => line.Unavailable)) return BasketRefusals.Empty.Because($"Basket {BasketId} holds nothing that can be bought.");
        if (Total > HighestTotal) return TooExpensive(Total); // Prices went up since the items were put in.
        return new BasketCheckedOut(paymentId);
    }

    /// <inheritdoc/>
    public static Basket Evolve(Basket? basket, Happened happened) => happened.Event switch
    {
        BasketStarted started => new(started.BasketId, started.CustomerId, BasketStatus.Open, []),
        ItemAdded added => basket! with { Items = basket.With(added) },
        ItemRemoved removed => basket! with { Items = basket.Without(removed) },
        BasketRepriced repriced => basket! with { Items = repriced.Changes.Aggregate(basket.Items, (items, change) => change.ApplyTo(items)) },
        BasketCanceled => basket! with { Status = BasketStatus.Canceled },
        BasketCheckedOut checkedOut => basket! with
        {
            Status = BasketStatus.CheckedOut,
            Items = basket.Items.RemoveAll(line => line.Unavailable),
            PaymentId = checkedOut.PaymentId,
            CheckedOutAt = happened.At,
        },
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a basket."),
    };

    /// <inheritdoc/>
    public object ToPublic(string currency) => new BasketResource(
        BasketId, CustomerId, Status, Items, Total, currency, PaymentId, OrderId: Status == BasketStatus.CheckedOut ? BasketId : null, CheckedOutAt);

    BasketLine? Find(string productId) => Items.Find(line => line.ProductId == productId);

    ImmutableList<BasketLine> With(ItemAdded added)
    {
        var line = Find(added.ProductId);
        var next = new BasketLine(
            added.ProductId, added.StoreId, added.StoreName, added.ProductName, added.Price, (line?.Quantity ?? 0) + added.Quantity);
        return line is null ? Items.Add(next) : Items.Replace(line, next);
    }

    ImmutableList<BasketLine> Without(ItemRemoved removed)
    {
        var line = Find(removed.ProductId)!;
        return removed.Quantity == line.Quantity ? Items.Remove(line) : Items.Replace(line, line with { Quantity = line.Quantity - removed.Quantity });
    }

    static decimal TotalOf(IEnumerable<BasketLine> items) => items.Where(line => !line.Unavailable).Sum(line => line.Price * line.Quantity);

    Refusal NotOpen() => BasketRefusals.NotOpen.Because($"Basket {BasketId} is {(Status == BasketStatus.CheckedOut ? "checked out" : "canceled")}.");

    static Refusal TooExpensive(decimal total) => BasketRefusals.TooExpensive.Because(
        string.Create(CultureInfo.InvariantCulture, $"The total would be {total:N2}; it can be {HighestTotal:N0} at most."));

    static string Say(ImmutableList<BasketChange> changes) =>
        $"{string.Join(" ", changes)} The basket shows it now; check it out again if that is all right.";
}

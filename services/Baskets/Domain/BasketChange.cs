using System.Collections.Immutable;
using System.Globalization;
using MallBots.Contracts;

namespace MallBots.Baskets.Domain;

/// <summary>What can happen to a product while it is in a basket.</summary>
public enum BasketChangeKind
{
    /// <summary>It costs more or less.</summary>
    PriceChanged,

    /// <summary>It left the catalogue for good.</summary>
    ProductRemoved,

    /// <summary>Its store does not take part any more.</summary>
    StoreLeft,

    /// <summary>Its store takes part again.</summary>
    StoreReturned,
}

/// <summary>What changed about a line since the customer saw it.</summary>
/// <param name="ProductId">The line's product.</param>
/// <param name="ProductName">Its name as the customer saw it.</param>
/// <param name="Kind">What happened.</param>
/// <param name="OldPrice">Price of one unit as the customer saw it.</param>
/// <param name="NewPrice">Price of one unit now; null when it can't be bought.</param>
public sealed record BasketChange(string ProductId, string ProductName, BasketChangeKind Kind, decimal OldPrice, decimal? NewPrice)
{
    /// <summary>The change between what the customer saw and what is offered now; null when there is none.</summary>
    public static BasketChange? Between(BasketLine line, Offer? now) => (line.Unavailable, now) switch
    {
        (false, null or { Removed: true }) => new(line.ProductId, line.ProductName, BasketChangeKind.ProductRemoved, line.Price, null),
        (false, { StoreParticipating: false }) => new(line.ProductId, line.ProductName, BasketChangeKind.StoreLeft, line.Price, null),
        (false, { } offer) when offer.Price != line.Price => new(line.ProductId, line.ProductName, BasketChangeKind.PriceChanged, line.Price, offer.Price),
        (true, { Removed: false, StoreParticipating: true } offer) => new(line.ProductId, line.ProductName, BasketChangeKind.StoreReturned, line.Price, offer.Price),
        _ => null,
    };

    /// <summary>The lines with this change taken over.</summary>
    public ImmutableList<BasketLine> ApplyTo(ImmutableList<BasketLine> lines)
    {
        var line = lines.Find(line => line.ProductId == ProductId)!;
        return lines.Replace(line, line with { Price = NewPrice ?? line.Price, Unavailable = NewPrice is null });
    }

    /// <summary>The change in words.</summary>
    public override string ToString() => Kind switch
    {
        BasketChangeKind.PriceChanged => string.Create(CultureInfo.InvariantCulture, $"{ProductName} costs {NewPrice:0.00} instead of {OldPrice:0.00}."),
        BasketChangeKind.ProductRemoved => $"{ProductName} left the catalogue.",
        BasketChangeKind.StoreLeft => $"The store of {ProductName} does not take part any more.",
        _ => string.Create(CultureInfo.InvariantCulture, $"{ProductName} can be bought again, for {NewPrice:0.00}."),
    };
}

using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Stores.Domain;

/// <summary>A product of a store. One that was removed stays as a tombstone. Specification 3, stores.</summary>
public sealed record Product(string ProductId, string StoreId, string Name, string Description, string Sku, decimal Price, bool Removed) : IAggregate<Product>
{
    /// <inheritdoc/>
    public static Topic Topic => Topics.Product;

    /// <inheritdoc/>
    IEnumerable<string> IAggregate<Product>.Lists => [ListOf(StoreId)];

    /// <summary>The list of a store's products.</summary>
    public static string ListOf(string storeId) => $"store-{storeId}";

    /// <summary>Another name or description; the same ones again change nothing.</summary>
    public Decision Rebrand(string name, string description) =>
        Removed ? Gone()
        : (name, description) == (Name, Description) ? Decision.Nothing
        : new ProductRebranded(name, description);

    /// <summary>Another price; the same one again changes nothing.</summary>
    public Decision ChangePrice(decimal price) =>
        Removed ? Gone()
        : price > Price ? new ProductPriceIncreased(Price, price)
        : price < Price ? new ProductPriceDecreased(Price, price)
        : Decision.Nothing;

    /// <summary>It leaves the catalogue for good; again: nothing changes.</summary>
    public Decision Remove() => Removed ? Decision.Nothing : new ProductRemoved();

    /// <inheritdoc/>
    public static Product Evolve(Product? product, Happened happened) => happened.Event switch
    {
        ProductAdded added => new(added.ProductId, added.StoreId, added.Name, added.Description, added.Sku, added.Price, Removed: false),
        ProductRebranded rebranded => product! with { Name = rebranded.Name, Description = rebranded.Description },
        ProductPriceIncreased increased => product! with { Price = increased.NewPrice },
        ProductPriceDecreased decreased => product! with { Price = decreased.NewPrice },
        ProductRemoved => product! with { Removed = true },
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a product."),
    };

    /// <inheritdoc/>
    public object ToPublic(string currency) => new ProductResource(ProductId, StoreId, Name, Description, Sku, Price, currency, Removed);

    Refusal Gone() => ProductRefusals.Removed.Because($"{Name} left the catalogue.");
}

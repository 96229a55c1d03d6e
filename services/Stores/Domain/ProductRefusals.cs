using MallBots.ServiceKit.Domain;

namespace MallBots.Stores.Domain;

/// <summary>What is refused about products.</summary>
public static class ProductRefusals
{
    /// <summary>There is no such product, or it was removed and is asked for.</summary>
    public static readonly RefusalKind Unknown = new("product-unknown", 404, "There is no such product");

    /// <summary>Another present product of the store has this SKU.</summary>
    public static readonly RefusalKind SkuTaken = new("sku-taken", 409, "The store has a product with this SKU");

    /// <summary>The product left the catalogue for good.</summary>
    public static readonly RefusalKind Removed = new("product-removed", 409, "The product was removed");
}

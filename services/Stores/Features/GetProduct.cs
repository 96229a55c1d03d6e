using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Shows a product.</summary>
public static class GetProduct
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/products/{productId}", (string productId, Documents<Product> products, CancellationToken cancel) => products.Get(productId, cancel).Ok())
        .Summary("Shows a product")
        .Describe("A removed product is unknown here.")
        .Answers<ProductResource>()
        .Versioned()
        .Refuses(ProductRefusals.Unknown);
}

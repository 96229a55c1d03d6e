using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Takes a product out of the catalogue for good.</summary>
public static class RemoveProduct
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Delete("/products/{productId}", Handle)
        .Summary("Takes a product out of the catalogue for good")
        .Describe("Again: 204 as before. Its SKU is free for another product.")
        .Answers(204)
        .Refuses(ProductRefusals.Unknown);

    static Task<IResult> Handle(string productId, Documents<Product> products, Command command) =>
        products.Change(productId, command, product => product.Remove()).Gone();
}

using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Raises or lowers the price of a product.</summary>
public static class ChangePrice
{
    /// <summary>To what.</summary>
    /// <param name="Price">Price of one unit.</param>
    public sealed record Request([Money] decimal Price);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Put("/products/{productId}/price", Handle)
        .Summary("Raises or lowers the price of a product")
        .Describe("Baskets that hold the product learn of it at checkout: basket-outdated.")
        .Example(new Request(9.40m))
        .Answers<ProductResource>()
        .Refuses(ProductRefusals.Unknown, ProductRefusals.Removed);

    static Task<IResult> Handle(string productId, Request request, Documents<Product> products, Command command) =>
        products.Change(productId, command, product => product.ChangePrice(request.Price)).Ok();
}

using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Gives a product another name and description.</summary>
public static class RebrandProduct
{
    /// <summary>Which ones.</summary>
    /// <param name="Name">1 to 200 characters.</param>
    /// <param name="Description">Up to 2,000 characters.</param>
    public sealed record Request([Text(1, 200)] string Name, [Text(0, 2_000, Lines = true)] string Description);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Put("/products/{productId}", Handle)
        .Summary("Gives a product another name and description")
        .Example(new Request("House Espresso Dark, 250 g", "Whole bean, roasted longer."))
        .Answers<ProductResource>()
        .Refuses(ProductRefusals.Unknown, ProductRefusals.Removed);

    static Task<IResult> Handle(string productId, Request request, Documents<Product> products, Command command) =>
        products.Change(productId, command, product => product.Rebrand(request.Name, request.Description)).Ok();
}

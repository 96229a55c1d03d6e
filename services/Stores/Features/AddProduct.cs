using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;
using MallBots.Stores.Reservations;

namespace MallBots.Stores.Features;

/// <summary>Adds a product to a store's catalogue.</summary>
public static class AddProduct
{
    /// <summary>The product.</summary>
    /// <param name="Name">1 to 200 characters.</param>
    /// <param name="Description">Up to 2,000 characters.</param>
    /// <param name="Sku">The store's own number of it, 1 to 64 characters.</param>
    /// <param name="Price">Price of one unit.</param>
    public sealed record Request([Text(1, 200)] string Name, [Text(0, 2_000, Lines = true)] string Description, [Text(1, 64)] string Sku, [Money] decimal Price);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/stores/{storeId}/products", Handle)
        .Summary("Adds a product to a store's catalogue")
        .Describe("A SKU is unique among the store's present products (upper and lower case differ); that of a removed product is free again.")
        .Example(new Request("House Espresso, 250 g", "Whole bean, chocolate and hazelnut.", "HC-1001", 8.90m))
        .Answers<ProductResource>(201)
        .Refuses(StoreRefusals.Unknown, ProductRefusals.SkuTaken);

    static async Task<IResult> Handle(string storeId, Request request, Documents<Store> stores, SkuReservations skus, Command command)
    {
        if ((await stores.Get(storeId, command.Aborted)).Refusal is { } unknown) return Answers.Problem(unknown);
        var product = new ProductAdded(command.NewId(), storeId, request.Name, request.Description, request.Sku, request.Price);
        return await skus.Add(product, command).Created(added => $"/api/products/{added.ProductId}");
    }
}

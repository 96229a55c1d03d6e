using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Lists the present products of a store, newest first.</summary>
public static class ListProducts
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/stores/{storeId}/products", Handle)
        .Summary("Lists the present products of a store, newest first")
        .Query("limit", "cursor")
        .Answers<Page<ProductResource>>()
        .Refuses(StoreRefusals.Unknown);

    static async Task<IResult> Handle(string storeId, ListQuery query, Documents<Store> stores, Documents<Product> products, CancellationToken cancel) =>
        (await stores.Get(storeId, cancel)).Refusal is { } unknown
            ? Answers.Problem(unknown)
            : await products.List(Product.ListOf(storeId), _ => true, query.Paging, cancel).Ok();
}

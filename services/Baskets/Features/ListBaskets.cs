using MallBots.Baskets.Domain;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Baskets.Features;

/// <summary>Lists baskets, newest first.</summary>
public static class ListBaskets
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/baskets", Handle)
        .Summary("Lists baskets, newest first")
        .Query(Filter.Id("customerId"), Filter.Word<BasketStatus>("status"))
        .Query("limit", "cursor")
        .Answers<Page<BasketResource>>();

    static Task<IResult> Handle(ListQuery query, Documents<Basket> baskets, CancellationToken cancel)
    {
        var list = query.Id("customerId") is { } customerId ? Basket.ListOf(customerId) : null;
        var status = query.Value<BasketStatus>("status");
        return baskets.List(list, basket => status is null || basket.Status == status, query.Paging, cancel).Ok();
    }
}

using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Lists stores, newest first.</summary>
public static class ListStores
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/stores", Handle)
        .Summary("Lists stores, newest first")
        .Query(Filter.Flag("participating"))
        .Query("limit", "cursor")
        .Answers<Page<StoreResource>>();

    static Task<IResult> Handle(ListQuery query, Documents<Store> stores, CancellationToken cancel)
    {
        var participating = query.Flag("participating");
        return stores.List(null, store => participating is null || store.Participating == participating, query.Paging, cancel).Ok();
    }
}

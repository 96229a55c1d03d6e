using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Lists bots, newest first.</summary>
public static class ListBots
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/bots", (ListQuery query, Documents<Bot> bots, CancellationToken cancel) => bots.List(null, _ => true, query.Paging, cancel).Ok())
        .Summary("Lists bots, newest first")
        .Query("limit", "cursor")
        .Answers<Page<BotResource>>();
}

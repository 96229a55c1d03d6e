using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Lists shopping lists, newest first; those that wait for a bot, the longest waiting first.</summary>
public static class ListShoppingLists
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/shopping-lists", Handle)
        .Summary("Lists shopping lists, newest first; the available ones, longest waiting first")
        .Query(Filter.Word<ShoppingListStatus>("status"), Filter.Id("botId"))
        .Query("limit", "cursor")
        .Answers<Page<ShoppingListResource>>();

    static async Task<IResult> Handle(ListQuery query, Documents<ShoppingList> lists, Documents<Bot> bots, CancellationToken cancel)
    {
        var (status, botId) = (query.Value<ShoppingListStatus>("status"), query.Id("botId"));
        bool Wanted(ShoppingList list) => (status is null || list.Status == status) && (botId is null || list.BotId == botId);
        return await (status switch
        {
            ShoppingListStatus.Available => Waiting(lists, Wanted, query.Paging, cancel),
            ShoppingListStatus.Assigned or ShoppingListStatus.Active => AtWork(lists, bots, Wanted, query.Paging, cancel),
            _ => lists.List(null, Wanted, query.Paging, cancel),
        }).Ok();
    }

    static async Task<Page<ShoppingList>> Waiting(Documents<ShoppingList> lists, Func<ShoppingList, bool> wanted, Paging paging, CancellationToken cancel)
    {
        var waiting = await lists.InSet(ShoppingList.AvailableSet, cancel);
        return SortedPage.Of(waiting.Where(wanted), list => list.AvailableSince!.Value.UtcTicks, list => list.OrderId, paging);
    }

    /// <summary>Few among very many, so they are found by the bots that have them.</summary>
    static async Task<Page<ShoppingList>> AtWork(
        Documents<ShoppingList> lists, Documents<Bot> bots, Func<ShoppingList, bool> wanted, Paging paging, CancellationToken cancel)
    {
        var ids = new HashSet<string>();
        await foreach (var bot in bots.Everyone(cancel))
            if (bot.Reservation is { } reservation) ids.Add(reservation.List);
        var found = await Task.WhenAll(ids.Select(id => lists.Find(id, cancel)));
        return SortedPage.Of(found.Select(list => list.State).OfType<ShoppingList>().Where(wanted), list => -list.CreatedAt.UtcTicks, list => list.OrderId, paging);
    }
}

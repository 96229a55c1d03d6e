using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Gives a store another name.</summary>
public static class RebrandStore
{
    /// <summary>Which one.</summary>
    /// <param name="Name">1 to 200 characters.</param>
    public sealed record Request([Text(1, 200)] string Name);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Put("/stores/{storeId}/name", Handle)
        .Summary("Gives a store another name")
        .Example(new Request("Harbour Coffee & Tea"))
        .Answers<StoreResource>()
        .Refuses(StoreRefusals.Unknown);

    static Task<IResult> Handle(string storeId, Request request, Documents<Store> stores, Command command) =>
        stores.Change(storeId, command, store => store.Rebrand(request.Name)).Ok();
}

using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Lets a store take part, or not.</summary>
public static class SetParticipation
{
    /// <summary>Which of the two.</summary>
    /// <param name="Participating">True when its products can be put into baskets.</param>
    public sealed record Request(bool Participating);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Put("/stores/{storeId}/participation", Handle)
        .Summary("Lets a store take part, or not")
        .Example(new Request(true))
        .Answers<StoreResource>()
        .Refuses(StoreRefusals.Unknown);

    static Task<IResult> Handle(string storeId, Request request, Documents<Store> stores, Command command) =>
        stores.Change(storeId, command, store => store.SetParticipation(request.Participating)).Ok();
}

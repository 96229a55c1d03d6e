using MallBots.Baskets.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Baskets.Features;

/// <summary>Gives an open basket up.</summary>
public static class CancelBasket
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Delete("/baskets/{basketId}", Handle)
        .Summary("Gives an open basket up")
        .Describe("Again: 204 as before.")
        .Answers(204)
        .Refuses(BasketRefusals.Unknown, BasketRefusals.NotOpen);

    static Task<IResult> Handle(string basketId, Documents<Basket> baskets, Command command) =>
        baskets.Change(basketId, command, basket => basket.Cancel()).Gone();
}

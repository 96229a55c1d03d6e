using MallBots.Baskets.Domain;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Baskets.Features;

/// <summary>Shows a basket.</summary>
public static class GetBasket
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/baskets/{basketId}", (string basketId, Documents<Basket> baskets, CancellationToken cancel) => baskets.Get(basketId, cancel).Ok())
        .Summary("Shows a basket")
        .Describe("Items in the order they were added, with the names and prices that the customer saw. Lines that are unavailable are no part of the total.")
        .Answers<BasketResource>()
        .Versioned()
        .Refuses(BasketRefusals.Unknown);
}

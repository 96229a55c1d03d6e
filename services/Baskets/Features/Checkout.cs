using MallBots.Baskets.Domain;
using MallBots.Baskets.Subscriptions;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Baskets.Features;

/// <summary>Makes an order of a basket.</summary>
public static class Checkout
{
    /// <summary>What it is to be paid with.</summary>
    /// <param name="PaymentId">An authorised payment of the customer.</param>
    public sealed record Request([Id] string PaymentId);

    /// <summary>What is accepted.</summary>
    /// <param name="OrderId">The order that the basket becomes.</param>
    public sealed record Answer(string OrderId);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/baskets/{basketId}/checkout", Handle)
        .Summary("Makes an order of a basket")
        .Describe(
            "If a price changed, a product was removed or its store left (or came back) since it was put in, the checkout is refused as basket-outdated: `changes` lists each "
            + "change (`productId`, `productName`, `kind`, `oldPrice`, `newPrice`), and the basket shows them from then on, so that the next checkout is for what the "
            + "customer saw. Unavailable lines are left out of the order. The same payment again: 202 as before. The order may be 404 for a moment.")
        .Example(new Request("01981f2e-8b21-7e63-9d44-2a3b4c5d6e7f"))
        .Answers<Answer>(202)
        .Refuses(BasketRefusals.Unknown, BasketRefusals.Empty, BasketRefusals.Outdated, BasketRefusals.NotOpen, BasketRefusals.TooExpensive);

    static Task<IResult> Handle(string basketId, Request request, Documents<Basket> baskets, Offers offers, Command command) =>
        baskets.Change(basketId, command, basket => BeforeRefusing.AskOwner(async fresh =>
            basket.CheckOut(request.PaymentId, await offers.Find(basket.ProductsToCheck(), fresh, command.Aborted))))
            .Accepted(basket => $"/api/orders/{basket.BasketId}", (basket, _) => new Answer(basket.BasketId));
}

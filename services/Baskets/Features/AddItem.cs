using MallBots.Baskets.Domain;
using MallBots.Baskets.Subscriptions;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Baskets.Features;

/// <summary>Puts units of a product into a basket.</summary>
public static class AddItem
{
    /// <summary>What and how many.</summary>
    /// <param name="ProductId">A product of a participating store.</param>
    /// <param name="Quantity">Units to add; 1,000 of a product at most in all.</param>
    public sealed record Request([Id] string ProductId, [Whole(1, 1_000)] int Quantity);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/baskets/{basketId}/items", Handle)
        .Summary("Puts units of a product into a basket")
        .Describe("There is one line a product. Adding to it brings its names and its price to what they are now, as the answer shows.")
        .Example(new Request("01981f2e-7a10-7d52-8c33-1f2e3d4c5b6a", 2))
        .Answers<BasketResource>()
        .Refuses(
            BasketRefusals.Unknown, BasketRefusals.ProductUnknown, BasketRefusals.StoreNotParticipating, BasketRefusals.NotOpen, BasketRefusals.TooExpensive,
            BasketRefusals.Full);

    static Task<IResult> Handle(string basketId, Request request, Documents<Basket> baskets, Offers offers, Command command) =>
        baskets.Change(basketId, command, async basket => basket.CannotTake(request.ProductId, request.Quantity) is { } refusal
            ? refusal // Rests on no replica, so nobody has to be asked.
            : await BeforeRefusing.AskOwner(async fresh =>
                basket.AddItem(request.ProductId, request.Quantity, await offers.Find(request.ProductId, fresh, command.Aborted)))).Ok();
}

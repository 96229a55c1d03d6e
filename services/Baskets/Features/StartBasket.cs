using MallBots.Baskets.Domain;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Baskets.Features;

/// <summary>Gives a customer a basket.</summary>
public static class StartBasket
{
    /// <summary>Whose basket.</summary>
    /// <param name="CustomerId">A customer who is enabled.</param>
    public sealed record Request([Id] string CustomerId);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/baskets", Handle)
        .Summary("Gives a customer a basket")
        .Example(new Request("01981f2e-6f3a-7c1b-9d4e-5a6b7c8d9e0f"))
        .Answers<BasketResource>(201)
        .Refuses(BasketRefusals.CustomerUnknown, BasketRefusals.CustomerDisabled);

    static Task<IResult> Handle(Request request, Documents<Basket> baskets, Replicas<Shopper> customers, Command command)
    {
        var id = command.NewId();
        return baskets.Put(id, command, _ => BeforeRefusing.AskOwner(async fresh =>
            Basket.Start(id, request.CustomerId, (await customers.Find(request.CustomerId, fresh, command.Aborted))?.Value)))
            .Created(basket => $"/api/baskets/{basket.BasketId}");
    }
}

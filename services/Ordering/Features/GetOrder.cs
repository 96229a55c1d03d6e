using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Features;

/// <summary>Shows an order.</summary>
public static class GetOrder
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/orders/{orderId}", (string orderId, Documents<Order> orders, CancellationToken cancel) => orders.Get(orderId, cancel).Ok())
        .Summary("Shows an order with its history")
        .Describe("Right after checkout the order may not be there yet: then the 404 says by Retry-After when to ask again.")
        .Answers<OrderResource>()
        .Versioned()
        .Refuses(OrderRefusals.Unknown);
}

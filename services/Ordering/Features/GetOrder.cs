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
        .Get("/orders/{orderId}", Handle)
        .Summary("Shows an order with its history")
        .Describe("Right after checkout the order may not be there yet: then the 404 says by Retry-After when to ask again.")
        .Answers<OrderResource>()
        .Refuses(OrderRefusals.Unknown);

    static async Task<IResult> Handle(string orderId, Documents<Order> orders, HttpContext context, CancellationToken cancel)
    {
        var order = await orders.Get(orderId, cancel);
        if (order.IsRefused) context.Response.Headers.RetryAfter = "1"; // The event of the checkout may still be on its way.
        return await Task.FromResult(order).Ok();
    }
}

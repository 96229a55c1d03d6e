using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Features;

/// <summary>Asks to cancel an order. A workflow carries it out, or the depot refuses it.</summary>
public static class AskToCancel
{
    /// <summary>Why.</summary>
    /// <param name="Reason">The customer's words, up to 500 characters.</param>
    public sealed record Request([Text(0, 500, Lines = true)] string Reason);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/orders/{orderId}/cancel", Handle)
        .Summary("Asks to cancel an order")
        .Describe("Accepted while the order is pending or approved; asked again while a request is open, it changes nothing. What came of it stands in the order: it is canceled, or its history says order-cancel-refused.")
        .Example(new Request("Ordered twice by mistake"))
        .Answers<OrderResource>(202)
        .Refuses(OrderRefusals.Unknown, OrderRefusals.TooLateToCancel);

    static Task<IResult> Handle(string orderId, Request request, Documents<Order> orders, Command command) =>
        orders.Change(orderId, command, order => order.AskToCancel(request.Reason)).Accepted(order => $"/api/orders/{order.OrderId}");
}

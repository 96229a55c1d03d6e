using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.Payments.Subscriptions;

/// <summary>What becomes of an order's payment: an order that is ready has an invoice, one that is rejected or canceled holds no money.</summary>
sealed partial class OrderPayments(Documents<Payment> payments, Invoices invoices, ILogger<OrderPayments> log) : IReaction<OrderResource>
{
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on.React<OrderResource, OrderPayments>(Topics.Order);

    public async Task See(Seen<OrderResource> seen, CancellationToken cancel)
    {
        var order = seen.Value;
        var outcome = order.Status switch
        {
            OrderStatus.Ready => await invoices.Bill(order.PaymentId, order.OrderId, order.Total, seen.Command("bill", cancel)),
            OrderStatus.Rejected or OrderStatus.Canceled => await payments.Put(
                order.PaymentId, seen.Command("release", cancel), payment => payment?.ReleaseFor(order.OrderId, order.CustomerId) ?? Decision.Nothing),
            _ => null,
        };
        if (outcome?.Refusal is not { } refusal) return;
        if (refusal.Kind == PaymentRefusals.Busy) throw new UnavailableException(refusal.Text);
        // For an operator to see: the order is ready, but nobody can pay it.
        if (refusal.Kind == PaymentRefusals.InvoiceAboveAuthorization) throw new PoisonException($"The order {order.OrderId} costs {order.Total:0.00}: {refusal.Text}");
        LogIgnored(log, order.OrderId, order.Status, refusal.Text);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Order {OrderId} is {Status}, which does not fit its payment: {Reason}")]
    static partial void LogIgnored(ILogger log, string orderId, OrderStatus status, string reason);
}

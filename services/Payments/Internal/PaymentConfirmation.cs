using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Internal;

/// <summary>confirm-payment: binds a payment to an order. Sent by the create-order workflow.</summary>
public static class PaymentConfirmation
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<ConfirmPayment>(async (ask, command, services) =>
    {
        var payments = services.GetRequiredService<Documents<Payment>>();
        return (await payments.Change(ask.PaymentId, command, payment => payment.Confirm(ask.OrderId, ask.CustomerId, ask.Amount))).AnswerUnlessBusy();
    });
}

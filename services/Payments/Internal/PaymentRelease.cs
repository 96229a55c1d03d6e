using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Internal;

/// <summary>release-payment: gives the hold back when an order is not to have it. Sent by the workflows to undo and to cancel.</summary>
public static class PaymentRelease
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<ReleasePayment>(async (ask, command, services) =>
    {
        var payments = services.GetRequiredService<Documents<Payment>>();
        return (await payments.Put(ask.PaymentId, command, payment => payment?.ReleaseFor(ask.OrderId, ask.CustomerId) ?? Decision.Nothing)).AnswerUnlessBusy();
    });
}

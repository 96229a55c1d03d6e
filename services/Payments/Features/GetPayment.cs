using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Shows a payment.</summary>
public static class GetPayment
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/payments/{paymentId}", (string paymentId, Documents<Payment> payments, CancellationToken cancel) => payments.Get(paymentId, cancel).Ok())
        .Summary("Shows a payment")
        .Answers<PaymentResource>()
        .Versioned()
        .Refuses(PaymentRefusals.Unknown);
}

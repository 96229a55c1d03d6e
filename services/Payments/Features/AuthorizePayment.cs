using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.Payments.Provider;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Holds an amount at the payment provider.</summary>
public static class AuthorizePayment
{
    /// <summary>Whose payment, and how much.</summary>
    /// <param name="CustomerId">Who pays.</param>
    /// <param name="Amount">What is to be held.</param>
    public sealed record Request([Id] string CustomerId, [Money] decimal Amount);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/payments", Handle)
        .Summary("Holds an amount at the payment provider")
        .Describe(
            "201 when the amount is held, 409 when the provider declines. When the provider takes its time, 202: the payment is authorizing, look again later. "
            + "The hold is for one order: a payment that is named in two checkouts can be lost to both.")
        .Example(new Request("0199c2f4-7d1e-7a51-9d0c-3f6f5f0f6a11", 59.90m))
        .Answers<PaymentResource>(201)
        .Answers<PaymentResource>(202)
        .Refuses(PaymentRefusals.Declined);

    static async Task<IResult> Handle(Request request, Documents<Payment> payments, IServiceProvider services, Command command)
    {
        var id = command.NewId();
        var requested = await payments.Put(id, command, known => known is null ? Payment.Request(id, request.CustomerId, request.Amount) : Decision.Nothing);
        if (requested.Refusal is { } refusal) return Answers.Problem(refusal);

        var payment = await services.GetRequiredService<Settlement>().Await(id, command.Aborted);
        return payment.Value.Status switch
        {
            PaymentStatus.Declined => Answers.Problem(PaymentRefusals.Declined.Because($"The provider refused to hold {request.Amount:0.00}.")),
            PaymentStatus.Authorizing => await Task.FromResult(payment).Accepted(Location),
            _ => await Task.FromResult(payment).Created(Location),
        };
    }

    static string Location(Payment payment) => $"/api/payments/{payment.PaymentId}";
}

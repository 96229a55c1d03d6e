using MallBots.Payments.Domain;
using MallBots.Payments.Provider;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Gives back a hold that no order has.</summary>
public static class WithdrawPayment
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Delete("/payments/{paymentId}", Handle)
        .Summary("Gives back a hold that no order has")
        .Describe("204 once that is certain, also when repeated; the payment is released when the provider has answered.")
        .Answers(204)
        .Refuses(PaymentRefusals.Unknown, PaymentRefusals.AlreadyUsed, PaymentRefusals.Busy);

    static async Task<IResult> Handle(string paymentId, Documents<Payment> payments, IServiceProvider services, Command command)
    {
        var withdrawn = await payments.Change(paymentId, command, payment => payment.Withdraw());
        if (!withdrawn.IsRefused) withdrawn = await services.GetRequiredService<Settlement>().Await(paymentId, command.Aborted);
        return await Task.FromResult(withdrawn).Gone();
    }
}

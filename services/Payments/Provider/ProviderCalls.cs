using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.State;

namespace MallBots.Payments.Provider;

/// <summary>Makes the calls to the provider that payments have announced, and settles them; again after a crash, with the same key.</summary>
sealed class ProviderCalls(Documents<Payment> payments, IPaymentProvider provider) : ICarrier<Payment>
{
    public bool HasWork(Payment payment) => payment.Announced is not null;

    public async Task CarryOut(string id, Payment payment, CancellationToken cancel)
    {
        var call = payment.Announced!;
        var answer = await (call.Action switch
        {
            ProviderAction.Authorize => provider.Authorize(id, call.Amount, call.Key, cancel),
            ProviderAction.Capture => provider.Capture(id, call.Amount, call.Key, cancel),
            _ => provider.Void(id, call.Key, cancel),
        });
        if (answer == ProviderAnswer.Unavailable) throw new UnavailableException($"The payment provider did not answer to {call.Key}.");
        // Nothing was captured, so there is no reason to refuse: the hold stands, and saying that it was given back would be untrue.
        if (call.Action == ProviderAction.Void && answer == ProviderAnswer.Declined) throw new UnavailableException($"The payment provider refuses {call.Key}.");

        await payments.Change(id, Command.Internal(call.Key, cancel), now => now.Settle(call.Key, answer == ProviderAnswer.Accepted));
    }
}

using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.State;

namespace MallBots.Payments.Provider;

/// <summary>Waits a moment for the provider, so that a caller mostly hears at once what came of it.</summary>
sealed partial class Settlement(
    Documents<Payment> payments, PaymentsOptions options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<Settlement> log)
{
    /// <summary>The payment once its announced call is settled, or as it is when the time is over: then the call is finished in the background.</summary>
    public async Task<Outcome<Payment>> Await(string paymentId, CancellationToken cancel)
    {
        try
        {
            // Not the caller's token: a call that has begun is not broken off because a caller went away.
            await payments.CarryOut(paymentId, lifetime.ApplicationStopping).WaitAsync(options.AnswerWithin, clock, cancel);
        }
        catch (Exception late) when (late is TimeoutException or UnavailableException or BusyException)
        {
            // The journal has the announcement and repeats it until it is settled; the payment's state says what is known so far.
            LogLate(log, paymentId, late.Message);
        }

        return await payments.Get(paymentId, cancel);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The payment {PaymentId} is settled in the background: {Reason}")]
    static partial void LogLate(ILogger log, string paymentId, string reason);
}

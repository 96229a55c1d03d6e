using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.State;

namespace MallBots.Payments;

/// <summary>Gives back holds that no order took within <c>Payments:HoldTime</c>. Several replicas may do so at once: the payment decides.</summary>
sealed partial class HoldSweep(Documents<Payment> payments, PaymentsOptions options, TimeProvider clock, ILogger<HoldSweep> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SweepEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Sweep(stoppingToken);
            }
            catch (Exception passing) when (passing is UnavailableException or BusyException)
            {
                LogLater(log, passing.Message);
            }
        }
    }

    internal async Task Sweep(CancellationToken cancel)
    {
        var heldBefore = clock.GetUtcNow() - options.HoldTime;
        foreach (var payment in await payments.InSet(Payment.Held, cancel))
        {
            if (payment.AuthorizedAt > heldBefore) continue;
            await payments.Change(payment.PaymentId, Command.Internal($"hold-time-{payment.PaymentId}", cancel), now => now.Expire(heldBefore));
            LogExpired(log, payment.PaymentId, payment.AuthorizedAt);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "No order took the payment {PaymentId}, held since {Since}: the hold is given back")]
    static partial void LogExpired(ILogger log, string paymentId, DateTimeOffset? since);

    [LoggerMessage(Level = LogLevel.Information, Message = "Holds are looked at again at the next tick: {Reason}")]
    static partial void LogLater(ILogger log, string reason);
}

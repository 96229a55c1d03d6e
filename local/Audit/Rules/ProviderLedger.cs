using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>Rule 5: the provider's ledger has for each payment what the payment says: one hold, one capture, and nothing held of what was given back.</summary>
static class ProviderLedger
{
    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        if (mall.Internals?.Ledger is not { } ledger) yield break;
        foreach (var payment in mall.Payments.Where(payment => payment.Status != PaymentStatus.Authorizing))
        {
            if (!ledger.TryGetValue(payment.PaymentId, out var account)) continue; // Newer than the reading of the ledger.
            var (authorized, captured, held) = Expected(payment);
            if (account.Authorized != authorized || account.Captured != captured || account.Held != held)
                yield return Violation.Of(
                    5, $"a payment of {payment.Amount} is {payment.Status}, but the provider has authorised {account.Authorized}, captured {account.Captured} and holds {account.Held}",
                    payment.PaymentId);
        }
    }

    static (decimal Authorized, decimal Captured, decimal Held) Expected(PaymentResource payment) => payment.Status switch
    {
        PaymentStatus.Declined => (0, 0, 0),
        PaymentStatus.Captured => (payment.Amount, payment.CapturedAmount ?? 0, 0),
        PaymentStatus.Released => (payment.Amount, 0, 0),
        _ => (payment.Amount, 0, payment.Amount),
    };
}

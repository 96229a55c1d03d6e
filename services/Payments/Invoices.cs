using MallBots.Payments.Domain;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;

namespace MallBots.Payments;

/// <summary>
/// Finds an invoice, which is part of its payment's document, by its own id: a pointer document <c>invoice.&lt;id&gt;</c> holds the payment's id. The pointer
/// is written first, so an invoice is never without one; whoever meets a pointer whose invoice is not there yet sees no invoice.
/// </summary>
public sealed class Invoices
{
    readonly IStateStore store;
    readonly Documents<Payment> payments;

    /// <summary>The invoices of these payments.</summary>
    public Invoices(IStateStore store, Documents<Payment> payments) => (this.store, this.payments) = (store, payments);

    /// <summary>The invoice as an answer shows it.</summary>
    public static object View(Payment payment, string currency) => payment.ToInvoice(currency);

    /// <summary>The payment that has the invoice; refused <c>invoice-unknown</c> when there is none.</summary>
    public async Task<Outcome<Payment>> Get(string invoiceId, CancellationToken cancel)
    {
        if (await Payment(invoiceId, cancel) is not { } paymentId) return PaymentRefusals.NoInvoice(invoiceId);
        var found = await payments.Get(paymentId, cancel);
        return found.State?.Invoice is null ? PaymentRefusals.NoInvoice(invoiceId) : found;
    }

    /// <summary>Changes the payment that has the invoice; refused <c>invoice-unknown</c> when there is none.</summary>
    public async Task<Outcome<Payment>> Change(string invoiceId, Command command, Func<Payment, Decision> decide) =>
        await Payment(invoiceId, command.Aborted) is { } paymentId
            ? await payments.Change(paymentId, command, payment => payment.Invoice is null ? PaymentRefusals.NoInvoice(invoiceId) : decide(payment))
            : PaymentRefusals.NoInvoice(invoiceId);

    /// <summary>Sees to it that the order has its invoice: the pointer, then the invoice.</summary>
    public async Task<Outcome<Payment>> Bill(string paymentId, string orderId, decimal amount, Command command)
    {
        var (payment, version) = await payments.Find(paymentId, command.Aborted);
        if (payment is null) return Documents<Payment>.Unknown(paymentId);
        var billed = payment.BillOrder(orderId, amount);
        if (billed.Refusal is { } refusal) return refusal;
        if (billed.Events.IsEmpty) return new Outcome<Payment>(payment, version);

        await Point(orderId, paymentId, command.Aborted);
        return await payments.Change(paymentId, command, now => now.BillOrder(orderId, amount));
    }

    async Task Point(string invoiceId, string paymentId, CancellationToken cancel)
    {
        if (await store.Save(Key(invoiceId), KitJson.Write(paymentId), null, cancel)) return;
        // Facts S3, S11: only reading tells a pointer that was there from a save that failed. An order has one payment, so what is there is right.
        if (await Payment(invoiceId, cancel) is null) throw new UnavailableException($"The pointer of the invoice {invoiceId} could not be saved.");
    }

    async Task<string?> Payment(string invoiceId, CancellationToken cancel) =>
        await store.Get(Key(invoiceId), cancel) is { } pointer ? KitJson.Read<string>(pointer.Value) : null;

    static string Key(string invoiceId) => $"invoice.{invoiceId}";
}

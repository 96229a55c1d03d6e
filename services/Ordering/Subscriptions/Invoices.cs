using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Ordering.Subscriptions;

/// <summary>An order follows its invoice: known, paid, given up.</summary>
public sealed class Invoices(Documents<Order> orders, Misfits misfits) : IReaction<PaymentResource>
{
    /// <summary>Subscribes to payments.</summary>
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on.React<PaymentResource, Invoices>(Topics.Payment);

    /// <inheritdoc/>
    public async Task See(Seen<PaymentResource> seen, CancellationToken cancel)
    {
        if (seen.Value.Invoice is not { } invoice) return;
        misfits.Note(
            await orders.Change(invoice.OrderId, seen.Command("follow-invoice", cancel), order => order.SeeInvoice(invoice.InvoiceId, invoice.Status)), seen.Id);
    }
}

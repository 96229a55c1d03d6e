using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.Payments.Provider;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Pays an invoice: takes its amount of what is held.</summary>
public static class PayInvoice
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/invoices/{invoiceId}/pay", Handle)
        .Summary("Pays an invoice")
        .Describe(
            "200 when it is paid, also when repeated; 409 when the provider declines, and the invoice is pending again. When the provider takes its time, 202: the invoice "
            + "is paying, look again later. The provider gives back what was held beyond the amount.")
        .Answers<InvoiceResource>()
        .Answers<InvoiceResource>(202)
        .Refuses(PaymentRefusals.InvoiceUnknown, PaymentRefusals.Declined, PaymentRefusals.InvoiceCanceled, PaymentRefusals.Busy);

    static async Task<IResult> Handle(string invoiceId, Invoices invoices, IServiceProvider services, Command command)
    {
        var asked = await invoices.Change(invoiceId, command, payment => payment.PayInvoice(invoiceId));
        if (asked.Refusal is { } refusal) return Answers.Problem(refusal);

        var payment = await services.GetRequiredService<Settlement>().Await(asked.Value.PaymentId, command.Aborted);
        return payment.Value.Invoice!.Status switch
        {
            InvoiceStatus.Paying => await Task.FromResult(payment).Accepted(_ => $"/api/invoices/{invoiceId}", Invoices.View),
            InvoiceStatus.Paid => await Task.FromResult(payment).Ok(Invoices.View),
            InvoiceStatus.Canceled => Answers.Problem(PaymentRefusals.InvoiceCanceled.Because($"The invoice {invoiceId} was given up.")),
            _ => Answers.Problem(PaymentRefusals.Declined.Because($"The provider refused to take {payment.Value.Invoice.Amount:0.00}. The invoice is pending.")),
        };
    }
}

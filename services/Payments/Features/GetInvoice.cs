using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Shows an invoice.</summary>
public static class GetInvoice
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/invoices/{invoiceId}", (string invoiceId, Invoices invoices, CancellationToken cancel) => invoices.Get(invoiceId, cancel).Ok(Invoices.View))
        .Summary("Shows an invoice")
        .Answers<InvoiceResource>()
        .Versioned()
        .Refuses(PaymentRefusals.InvoiceUnknown);
}

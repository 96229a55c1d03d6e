using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Corrects the amount of a pending invoice.</summary>
public static class AdjustInvoice
{
    /// <summary>The right amount.</summary>
    /// <param name="Amount">Not more than was authorised.</param>
    public sealed record Request([Money] decimal Amount);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Put("/invoices/{invoiceId}/amount", Handle)
        .Summary("Corrects the amount of a pending invoice")
        .Example(new Request(41.50m))
        .Answers<InvoiceResource>()
        .Refuses(
            PaymentRefusals.InvoiceUnknown, PaymentRefusals.InvoiceAboveAuthorization, PaymentRefusals.InvoiceCanceled, PaymentRefusals.InvoicePaid, PaymentRefusals.Busy);

    static Task<IResult> Handle(string invoiceId, Request request, Invoices invoices, Command command) =>
        invoices.Change(invoiceId, command, payment => payment.AdjustInvoice(invoiceId, request.Amount)).Ok(Invoices.View);
}

using MallBots.Payments.Domain;
using MallBots.Payments.Provider;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Gives a pending invoice up, and the hold with it.</summary>
public static class CancelInvoice
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Delete("/invoices/{invoiceId}", Handle)
        .Summary("Gives a pending invoice up")
        .Describe("The hold is given back and the order is canceled. Again: 204.")
        .Answers(204)
        .Refuses(PaymentRefusals.InvoiceUnknown, PaymentRefusals.InvoicePaid, PaymentRefusals.Busy);

    static async Task<IResult> Handle(string invoiceId, Invoices invoices, IServiceProvider services, Command command)
    {
        var canceled = await invoices.Change(invoiceId, command, payment => payment.CancelInvoice(invoiceId));
        if (!canceled.IsRefused) canceled = await services.GetRequiredService<Settlement>().Await(canceled.Value.PaymentId, command.Aborted);
        return await Task.FromResult(canceled).Gone();
    }
}

using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Lists invoices, the one of the newest payment first.</summary>
public static class ListInvoices
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/invoices", Handle)
        .Summary("Lists invoices, the one of the newest payment first")
        .Query(Filter.Id("orderId"), Filter.Word<InvoiceStatus>("status"))
        .Query("limit", "cursor")
        .Answers<Page<InvoiceResource>>();

    static async Task<IResult> Handle(ListQuery query, Invoices invoices, Documents<Payment> payments, CancellationToken cancel)
    {
        var status = query.Value<InvoiceStatus>("status");
        if (query.Id("orderId") is not { } orderId)
            return await payments.List(null, Wanted, query.Paging, cancel).Ok(Invoices.View);

        // An order has one invoice, with the order's id.
        var found = await invoices.Get(orderId, cancel);
        return await Task.FromResult(new Page<Payment>(found.State is { } payment && Wanted(payment) ? [payment] : [], null)).Ok(Invoices.View);

        bool Wanted(Payment payment) => payment.Invoice is { } invoice && (status is null || invoice.Status == status);
    }
}

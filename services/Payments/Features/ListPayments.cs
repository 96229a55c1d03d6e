using MallBots.Contracts;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Features;

/// <summary>Lists payments, newest first.</summary>
public static class ListPayments
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/payments", Handle)
        .Summary("Lists payments, newest first")
        .Query(Filter.Id("customerId"), Filter.Word<PaymentStatus>("status"))
        .Query("limit", "cursor")
        .Answers<Page<PaymentResource>>();

    static Task<IResult> Handle(ListQuery query, Documents<Payment> payments, CancellationToken cancel)
    {
        var (customerId, status) = (query.Id("customerId"), query.Value<PaymentStatus>("status"));
        return payments.List(customerId is null ? null : Payment.OfCustomer(customerId), payment => status is null || payment.Status == status, query.Paging, cancel).Ok();
    }
}

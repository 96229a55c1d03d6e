using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Features;

/// <summary>Lists orders, newest first.</summary>
public static class ListOrders
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/orders", Handle)
        .Summary("Lists orders, newest first")
        .Query(Filter.Id("customerId"), Filter.Word<OrderStatus>("status"))
        .Query("limit", "cursor")
        .Answers<Page<OrderResource>>();

    static Task<IResult> Handle(ListQuery query, Documents<Order> orders, CancellationToken cancel)
    {
        var (customerId, status) = (query.Id("customerId"), query.Value<OrderStatus>("status"));
        return orders.List(
            customerId is null ? null : Order.CustomerList(customerId), order => status is null || order.Status == status, query.Paging, cancel).Ok();
    }
}

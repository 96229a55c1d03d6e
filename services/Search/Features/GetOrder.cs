using MallBots.Contracts;
using MallBots.Search.Database;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Http;
using Microsoft.EntityFrameworkCore;

namespace MallBots.Search.Features;

/// <summary>Shows an order with the present names.</summary>
public static class GetOrder
{
    static readonly RefusalKind Unknown = new("order-unknown", 404, "There is no such order") { RetryAfter = 1 };

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/search/orders/{orderId}", (string orderId, SearchDatabase database, CancellationToken cancel) =>
            database.Query(search => Handle(orderId, search, cancel), cancel))
        .Summary("Shows an order with the present names of customer, stores and products")
        .Answers<OrderSearchResult>()
        .Refuses(Unknown);

    static async Task<IResult> Handle(string orderId, SearchContext search, CancellationToken cancel)
    {
        var row = await search.Orders.SingleOrDefaultAsync(row => row.OrderId == orderId, cancel);
        return row is null
            ? Answers.Problem(Unknown.Because($"There is no order with the id {orderId}, or not yet."))
            : Results.Ok((await search.Show([row], cancel)).Single());
    }
}

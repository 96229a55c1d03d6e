using MallBots.Contracts;
using MallBots.Search.Database;
using MallBots.ServiceKit.Http;
using Microsoft.EntityFrameworkCore;

namespace MallBots.Search.Features;

/// <summary>Searches orders, newest first.</summary>
public static class SearchOrders
{
    const string ByTime = "time";

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/search/orders", (ListQuery query, SearchDatabase database, CancellationToken cancel) => database.Query(search => Handle(query, search, cancel), cancel))
        .Summary("Searches orders, the latest checkout first")
        .Describe("All filters are optional and combine. after (inclusive) and before (exclusive) are times of checkout; every word of text must be part of the present name of the customer, a store or a product.")
        .Query(Filter.Id("customerId"), Filter.Id("storeId"), Filter.Id("productId"), Filter.Word<OrderStatus>("status"))
        .Query(Filter.Time("after"), Filter.Time("before"), Filter.Money("minTotal", Filters.MostMoney), Filter.Money("maxTotal", Filters.MostMoney))
        .Query(Filter.Text("text", Filters.LongestText))
        .Query("limit", "cursor")
        .Answers<Page<OrderSearchResult>>();

    static async Task<IResult> Handle(ListQuery query, SearchContext search, CancellationToken cancel)
    {
        var orders = Filtered(query, search);
        if (Cursor.Read(query.Paging.Cursor, ByTime) is { } last)
        {
            var (time, id) = (last.Number, last.Id);
            orders = orders.Where(order => order.PlacedAt < time || (order.PlacedAt == time && string.Compare(order.OrderId, id) < 0));
        }

        var rows = await orders.OrderByDescending(order => order.PlacedAt).ThenByDescending(order => order.OrderId).Take(query.Paging.Limit + 1).ToListAsync(cancel);
        var page = rows.Take(query.Paging.Limit).ToList();
        var next = rows.Count > page.Count ? Cursor.Of(ByTime, page[^1].PlacedAt, page[^1].OrderId).ToString() : null;
        return Results.Ok(new Page<OrderSearchResult>(await search.Show(page, cancel), next));
    }

    static IQueryable<OrderRow> Filtered(ListQuery query, SearchContext search)
    {
        IQueryable<OrderRow> orders = search.Orders;
        if (query.Id("customerId") is { } customer) orders = orders.Where(order => order.CustomerId == customer);
        if (query.Value<OrderStatus>("status") is { } status)
        {
            var kept = Rows.StatusOf(status);
            orders = orders.Where(order => order.Status == kept);
        }

        if (query.Ticks("after") is { } after) orders = orders.Where(order => order.PlacedAt >= after);
        if (query.Ticks("before") is { } before) orders = orders.Where(order => order.PlacedAt < before);
        if (query.Hundredths("minTotal") is { } least) orders = orders.Where(order => order.Total >= least);
        if (query.Hundredths("maxTotal") is { } most) orders = orders.Where(order => order.Total <= most);
        if (query.Id("storeId") is { } store) orders = orders.Where(order => search.OrderLines.Any(line => line.OrderId == order.OrderId && line.StoreId == store));
        if (query.Id("productId") is { } product) orders = orders.Where(order => search.OrderLines.Any(line => line.OrderId == order.OrderId && line.ProductId == product));
        foreach (var word in query.Words("text"))
        {
            orders = orders.Where(order =>
                search.Customers.Any(row => row.CustomerId == order.CustomerId && row.Words.Contains(word))
                || search.OrderLines.Any(line => line.OrderId == order.OrderId
                    && (search.Stores.Any(row => row.StoreId == line.StoreId && row.Words.Contains(word))
                        || search.Products.Any(row => row.ProductId == line.ProductId && row.NameKey.Contains(word)))));
        }

        return orders;
    }
}

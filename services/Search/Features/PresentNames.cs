using System.Text.Json;
using MallBots.Contracts;
using MallBots.Search.Database;
using MallBots.ServiceKit;
using Microsoft.EntityFrameworkCore;

namespace MallBots.Search.Features;

/// <summary>Puts the present names of customer, stores and products into orders; where search has not heard of one yet, its name at checkout stays.</summary>
static class PresentNames
{
    public static async Task<List<OrderSearchResult>> Show(this SearchContext search, IReadOnlyList<OrderRow> rows, CancellationToken cancel)
    {
        var orders = rows.Select(row => JsonSerializer.Deserialize<OrderResource>(row.Body, KitJson.Options)!).ToList();
        var customerIds = orders.Select(order => order.CustomerId).Distinct().ToList();
        var storeIds = orders.SelectMany(order => order.Items).Select(line => line.StoreId).Distinct().ToList();
        var productIds = orders.SelectMany(order => order.Items).Select(line => line.ProductId).Distinct().ToList();
        var customers = await search.Customers.Where(row => customerIds.Contains(row.CustomerId)).ToDictionaryAsync(row => row.CustomerId, row => row.Name, cancel);
        var stores = await search.Stores.Where(row => storeIds.Contains(row.StoreId)).ToDictionaryAsync(row => row.StoreId, row => row.Name, cancel);
        var products = await search.Products.Where(row => productIds.Contains(row.ProductId)).ToDictionaryAsync(row => row.ProductId, row => row.Name, cancel);
        return
        [
            .. orders.Select(order => new OrderSearchResult(
                order.OrderId, order.CustomerId, customers.GetValueOrDefault(order.CustomerId), order.PaymentId, order.PlacedAt,
                [
                    .. order.Items.Select(line => line with
                    {
                        StoreName = stores.GetValueOrDefault(line.StoreId, line.StoreName),
                        ProductName = products.GetValueOrDefault(line.ProductId, line.ProductName),
                    }),
                ],
                order.Total, order.Currency, order.Status, order.ShoppingListId, order.InvoiceId, order.Reason, order.CancelRequest, order.History)),
        ];
    }
}

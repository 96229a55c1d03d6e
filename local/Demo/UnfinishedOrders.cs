using System.Collections.Concurrent;
using System.Globalization;
using MallBots.Contracts;

namespace MallBots.Local.Demo;

/// <summary>
/// <c>demo --resume</c>: whatever was checked out before the mall was stopped or killed comes to its end by itself; what is ready is paid.
/// </summary>
internal sealed class UnfinishedOrders(MallClient mall, TimeLine line)
{
    const int OrdersAtATime = 8;

    public async Task BringToTheirEnd(CancellationToken cancellationToken)
    {
        line.Chapter("Unfinished orders");
        var orders = await line.Step("the list of unfinished orders", () => Find(cancellationToken));
        foreach (var group in orders.GroupBy(order => order.Status))
            line.Seen($"{group.Count()} {group.Key}");

        var bounded = new ParallelOptions { MaxDegreeOfParallelism = OrdersAtATime, CancellationToken = cancellationToken };
        var ends = new ConcurrentBag<OrderStatus>();
        await line.Step($"{orders.Count} orders at their end", async () =>
        {
            await Parallel.ForEachAsync(orders, bounded, async (order, aborted) =>
            {
                ends.Add((await Finish(order.OrderId, aborted)).Status);
                line.Instead($"{ends.Count} of them");
            });
            return ends;
        });

        foreach (var group in ends.GroupBy(end => end))
            line.Seen($"{group.Count()} {group.Key}");
        line.Chapter(orders.Count == 0 ? "There was nothing left to do." : "Every order has come to its end.");
    }

    /// <summary>A basket that was checked out is an order, also when ordering has not heard of it yet.</summary>
    async Task<IReadOnlyList<(string OrderId, string Status)>> Find(CancellationToken cancellationToken)
    {
        var unfinished = new Dictionary<string, string>();
        await foreach (var basket in mall.CheckedOutBaskets(cancellationToken)) unfinished[basket.BasketId] = "CheckedOut";
        await foreach (var order in mall.Orders(cancellationToken))
        {
            if (IsOver(order)) unfinished.Remove(order.OrderId);
            else unfinished[order.OrderId] = order.Status.ToString();
        }

        return [.. unfinished.Select(order => (order.Key, order.Value))];
    }

    async Task<OrderResource> Finish(string orderId, CancellationToken cancellationToken)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var paid = false;
        while (true)
        {
            var order = await mall.FindOrder(orderId, cancellationToken);
            if (order is not null && IsOver(order))
            {
                line.Seen($"order {order.Status}", string.Create(CultureInfo.InvariantCulture, $"{order.OrderId}, {order.Total:0.00} {order.Reason?.Code}"));
                return order;
            }

            // The invoice follows the order: it may not be there yet.
            if (!paid && order is { Status: OrderStatus.Ready } && await mall.FindInvoice(orderId, cancellationToken) is not null)
            {
                await mall.PayInvoice(orderId, cancellationToken);
                paid = true;
            }

            await again.WaitForNextTickAsync(cancellationToken);
        }
    }

    static bool IsOver(OrderResource order) => order.Status is OrderStatus.Completed or OrderStatus.Rejected or OrderStatus.Canceled;
}

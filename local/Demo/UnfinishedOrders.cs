using System.Globalization;
using MallBots.Contracts;

namespace MallBots.Local.Demo;

/// <summary>
/// <c>demo --resume</c>: whatever was checked out before the mall was stopped or killed comes to its end by itself; what is ready is paid.
/// </summary>
internal sealed class UnfinishedOrders(MallClient mall, TimeLine line)
{
    const int OrdersAtATime = 8;

    static readonly OrderStatus[] Unfinished = [OrderStatus.Pending, OrderStatus.Approved, OrderStatus.InProgress, OrderStatus.Ready];

    public async Task BringToTheirEnd(CancellationToken cancellationToken)
    {
        line.Chapter("Unfinished orders");
        var orders = await line.Step("the list of unfinished orders", () => Find(cancellationToken));
        foreach (var group in orders.GroupBy(order => order.Status))
            line.Seen($"{group.Count()} {group.Key}");

        var bounded = new ParallelOptions { MaxDegreeOfParallelism = OrdersAtATime, CancellationToken = cancellationToken };
        var ends = new System.Collections.Concurrent.ConcurrentBag<OrderStatus>();
        await line.Step($"{orders.Count} orders at their end", async () =>
        {
            await Parallel.ForEachAsync(orders, bounded, async (order, aborted) => ends.Add((await Finish(order, aborted)).Status));
            return ends;
        });

        foreach (var group in ends.GroupBy(end => end))
            line.Seen($"{group.Count()} {group.Key}");
        line.Chapter(orders.Count == 0 ? "There was nothing left to do." : "Every order has come to its end.");
    }

    /// <summary>Newest first in each status; an order that moves on meanwhile can stand in two lists, and counts once.</summary>
    async Task<IReadOnlyList<OrderResource>> Find(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, OrderResource>();
        foreach (var status in Unfinished)
        {
            await foreach (var order in mall.Orders(status, cancellationToken)) found[order.OrderId] = order;
        }

        return [.. found.Values];
    }

    async Task<OrderResource> Finish(OrderResource unfinished, CancellationToken cancellationToken)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var paid = false;
        while (true)
        {
            var order = await mall.FindOrder(unfinished.OrderId, cancellationToken);
            if (order is { Status: OrderStatus.Completed or OrderStatus.Rejected or OrderStatus.Canceled })
            {
                line.Seen($"order {order.Status}", string.Create(CultureInfo.InvariantCulture, $"{order.OrderId}, {order.Total:0.00} {order.Reason?.Code}"));
                return order;
            }

            // The invoice follows the order: it may not be there yet.
            if (!paid && order is { Status: OrderStatus.Ready } && await mall.FindInvoice(order.OrderId, cancellationToken) is not null)
            {
                await mall.PayInvoice(order.OrderId, cancellationToken);
                paid = true;
            }

            await again.WaitForNextTickAsync(cancellationToken);
        }
    }
}

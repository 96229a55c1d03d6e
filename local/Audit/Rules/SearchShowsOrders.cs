using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>Rule 7: search shows the same status and total as ordering.</summary>
static class SearchShowsOrders
{
    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        var found = mall.FoundOrders.ToLookup(row => row.OrderId);
        foreach (var order in mall.Orders)
        {
            var rows = found[order.OrderId].ToList();
            if (rows.Count != 1) yield return Violation.Of(7, $"search has {rows.Count} rows of an order", order.OrderId);
            else if (rows[0].Status != order.Status || rows[0].Total != order.Total)
                yield return Violation.Of(7, $"search shows {rows[0].Status} and {rows[0].Total}, ordering {order.Status} and {order.Total}", order.OrderId);
            else if (!rows[0].History.Select(Key).SequenceEqual(order.History.Select(Key)))
                yield return Violation.Of(7, "search shows another history than ordering", order.OrderId);
        }

        var known = mall.Orders.Select(order => order.OrderId).ToHashSet();
        foreach (var row in mall.FoundOrders.Where(row => !known.Contains(row.OrderId)))
            yield return Violation.Of(7, "search shows an order that there is not", row.OrderId);
    }

    static (long Version, string Event, OrderStatus Status) Key(OrderHistoryEntry entry) => (entry.Version, entry.Event, entry.Status);
}

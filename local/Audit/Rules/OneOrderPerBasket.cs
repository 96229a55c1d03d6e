namespace MallBots.Local.Audit.Rules;

/// <summary>Rule 1: every checked-out basket has exactly one order.</summary>
static class OneOrderPerBasket
{
    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        var orders = mall.Orders.ToLookup(order => order.OrderId);
        foreach (var basket in mall.CheckedOutBaskets)
        {
            var count = orders[basket.OrderId ?? basket.BasketId].Count();
            if (count != 1) yield return Violation.Of(1, $"a checked-out basket has {count} orders", basket.BasketId);
        }

        var baskets = mall.CheckedOutBaskets.Select(basket => basket.BasketId).ToHashSet();
        foreach (var order in mall.Orders.Where(order => !baskets.Contains(order.OrderId)))
            yield return Violation.Of(1, "an order has no checked-out basket", order.OrderId);
        foreach (var twice in baskets.Count == mall.CheckedOutBaskets.Count ? [] : mall.CheckedOutBaskets.GroupBy(basket => basket.BasketId).Where(group => group.Count() > 1))
            yield return Violation.Of(1, "a basket is listed more than once", twice.Key);
    }
}

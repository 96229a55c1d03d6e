using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>Rules 2 and 5: an order that is approved, inProgress, ready or completed has exactly one payment and one list; no payment serves two orders.</summary>
static class BoundPayments
{
    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        var bound = mall.Payments.Where(payment => payment.Status is PaymentStatus.Confirmed or PaymentStatus.Captured).ToLookup(payment => payment.OrderId);
        var lists = mall.ShoppingLists.Where(list => list.Status != ShoppingListStatus.Canceled).ToLookup(list => list.OrderId);
        var alive = mall.Orders.Where(IsAlive).ToList();
        foreach (var order in alive)
        {
            var payments = bound[order.OrderId].ToList();
            if (payments.Count != 1 || payments[0].PaymentId != order.PaymentId)
                yield return new(2, $"an order that is {order.Status} has {payments.Count} payments that are confirmed or captured", [order.OrderId, order.PaymentId, .. payments.Select(payment => payment.PaymentId)]);
            if (lists[order.OrderId].Count() is not 1 and var count)
                yield return Violation.Of(2, $"an order that is {order.Status} has {count} shopping lists that are not canceled", order.OrderId);
        }

        var known = mall.Orders.Select(order => order.OrderId).ToHashSet();
        foreach (var payment in mall.Payments.Where(payment => payment.OrderId is { } order && !known.Contains(order)))
            yield return Violation.Of(2, "a payment is bound to an order that there is not", payment.PaymentId, payment.OrderId!);
        foreach (var list in mall.ShoppingLists.Where(list => !known.Contains(list.OrderId)))
            yield return Violation.Of(2, "a shopping list is for an order that there is not", list.ShoppingListId);
        foreach (var shared in alive.GroupBy(order => order.PaymentId).Where(group => group.Count() > 1))
            yield return new(5, "a payment serves more than one order", [shared.Key, .. shared.Select(order => order.OrderId)]);
    }

    static bool IsAlive(OrderResource order) => order.Status is OrderStatus.Approved or OrderStatus.InProgress or OrderStatus.Ready or OrderStatus.Completed;
}

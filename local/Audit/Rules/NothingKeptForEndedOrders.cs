using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>
/// Rule 3: a rejected or canceled order has no held payment bound to it and no list that may still be worked at. What an operator gave up is left as it
/// is; rule 10 sees that it is listed.
/// </summary>
static class NothingKeptForEndedOrders
{
    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        var givenUp = GivenUpIsListed.Steps(mall).ToLookup(step => step.OrderId, step => step.Step.Name);
        var payments = mall.Payments.ToLookup(payment => payment.OrderId);
        var lists = mall.ShoppingLists.ToLookup(list => list.OrderId);
        foreach (var order in mall.Orders.Where(order => order.Status is OrderStatus.Rejected or OrderStatus.Canceled))
        {
            if (!givenUp[order.OrderId].Contains(ReleasePayment.Route))
                foreach (var payment in payments[order.OrderId].Where(payment => payment.Status is PaymentStatus.Authorized or PaymentStatus.Confirmed or PaymentStatus.Captured))
                    yield return Violation.Of(3, $"an order that is {order.Status} has a payment that is {payment.Status}", order.OrderId, payment.PaymentId);
            if (!givenUp[order.OrderId].Contains(CancelShoppingList.Route))
                foreach (var list in lists[order.OrderId].Where(list => list.Status is not (ShoppingListStatus.Canceled or ShoppingListStatus.Completed)))
                    yield return Violation.Of(3, $"an order that is {order.Status} has a shopping list that is {list.Status}", order.OrderId);
        }
    }
}

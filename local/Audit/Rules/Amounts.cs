using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>Rule 4: captured amount = paid invoice amount ≤ authorised amount; the invoice amount = sum of what was picked, unless it was adjusted.</summary>
static class Amounts
{
    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        var orders = mall.Orders.DistinctBy(order => order.OrderId).ToDictionary(order => order.OrderId);
        var lists = mall.ShoppingLists.DistinctBy(list => list.OrderId).ToDictionary(list => list.OrderId);
        foreach (var payment in mall.Payments)
        {
            var invoice = payment.Invoice;
            if (payment.Status == PaymentStatus.Captured != (invoice?.Status == InvoiceStatus.Paid))
                yield return Violation.Of(4, $"a payment is {payment.Status}, its invoice {invoice?.Status.ToString() ?? "missing"}", payment.PaymentId);
            if (payment.Status == PaymentStatus.Captured && payment.CapturedAmount != invoice?.Amount)
                yield return Violation.Of(4, $"{payment.CapturedAmount} was captured, the invoice is for {invoice?.Amount}", payment.PaymentId);
            if (invoice?.Amount > payment.Amount || payment.CapturedAmount > payment.Amount)
                yield return Violation.Of(4, $"more than the {payment.Amount} that was authorised is invoiced or captured", payment.PaymentId);
            if (invoice is null || mall.Internals?.WasAdjusted(payment.PaymentId) != false || !orders.TryGetValue(invoice.OrderId, out var order)) continue;
            var picked = order.Items.Sum(line => line.Price * (line.Picked ?? 0));
            if (invoice.Amount != picked || order.Total != picked)
                yield return Violation.Of(4, $"{picked} was picked, the order's total is {order.Total}, its invoice {invoice.Amount}", order.OrderId, payment.PaymentId);
        }

        foreach (var order in orders.Values.Where(order => order.Status is OrderStatus.Ready or OrderStatus.Completed))
        {
            if (mall.Payments.All(payment => payment.Invoice?.OrderId != order.OrderId)) yield return Violation.Of(4, $"an order that is {order.Status} has no invoice", order.OrderId);
            if (!lists.TryGetValue(order.OrderId, out var list)) continue;
            var collected = list.Stops.SelectMany(stop => stop.Items).ToLookup(item => item.ProductId, item => item.Picked);
            if (order.Items.Any(line => line.Picked != collected[line.ProductId].Sum()))
                yield return Violation.Of(4, "the order says something else was picked than its list", order.OrderId);
        }
    }
}

using FsCheck.Xunit;
using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using Xunit;
using static MallBots.Domain.Tests.Ordering.OrderStories;

namespace MallBots.Domain.Tests.Ordering;

/// <summary>
/// What depot and payments show of one order may arrive shuffled, repeated and late; the invoice exists only once the order is ready, as in the mall.
/// </summary>
public sealed class OvertakenTriggersTests
{
    static readonly Func<Order, Decision>[] Triggers =
    [
        order => order.SeeShopping(),
        order => order.SeeShoppingCompleted(Picked(("tea", 2), ("cup", 1))),
        order => order.SeeInvoice("o-1", InvoiceStatus.Pending),
        order => order.SeeInvoice("o-1", InvoiceStatus.Paid),
    ];

    [Property]
    public void Shuffled_and_repeated_triggers_end_in_the_same_state(int seed, byte repetitions)
    {
        // At least once each, in any order, some again; what was too early comes again, as every event's state does (architecture 2, feed).
        var random = new Random(seed);
        var deliveries = Enumerable.Range(0, Triggers.Length + repetitions % 10).Select(delivery => delivery % Triggers.Length).ToArray();
        random.Shuffle(deliveries);

        var order = Deliver(Spec.Fold<Order>(IsApproved)!, [.. deliveries, 1, 2, 3]);

        Assert.Equal((OrderStatus.Completed, 15.90m, "o-1"), (order.Status, order.Total, order.InvoiceId));
        Assert.Single(order.History, entry => entry.Event == "order-readied");
        Assert.Single(order.History, entry => entry.Event == "order-completed");
        Assert.True(order.History.Count(entry => entry.Event == "order-shopping-started") <= 1);
    }

    [Fact]
    public void Completed_before_assigned_is_taken_and_the_assignment_that_comes_late_is_ignored()
    {
        var order = Deliver(Spec.Fold<Order>(IsApproved)!, [1, 0]);
        Assert.Equal(OrderStatus.Ready, order.Status);
        Assert.DoesNotContain(order.History, entry => entry.Event == "order-shopping-started");
    }

    [Property]
    public bool The_total_is_what_was_picked_at_the_price_of_the_checkout(byte tea, byte cups)
    {
        var order = Spec.Fold<Order>(IsApproved)!;
        var decision = order.SeeShoppingCompleted(Picked(("tea", tea), ("cup", cups)));
        var after = Spec.Fold<Order>([.. IsApproved, .. decision.Events])!;
        var (pickedTea, pickedCups) = (Math.Min((int)tea, 3), Math.Min((int)cups, 1));
        return pickedTea + pickedCups == 0
            ? after.Status == OrderStatus.Canceled
            : after.Status == OrderStatus.Ready && after.Total == pickedTea * 4.20m + pickedCups * 7.50m && after.Total <= order.Total;
    }

    static Order Deliver(Order order, IEnumerable<int> triggers)
    {
        long version = 2;
        foreach (var trigger in triggers)
            foreach (var happened in Triggers[trigger](order).Events)
                order = Order.Evolve(order, new Happened(happened, ++version, Spec.Start.AddMinutes(version)));
        return order;
    }
}

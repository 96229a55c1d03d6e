using MallBots.Contracts;
using MallBots.Notifications.Domain;
using MallBots.ServiceKit.Http;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Notifications;

/// <summary>Which entries of an order's history lead to which words.</summary>
public sealed class OrderNoticeTests
{
    [Theory]
    [InlineData("order-created", NotificationKind.OrderReceived)]
    [InlineData("order-approved", NotificationKind.OrderApproved)]
    [InlineData("order-rejected", NotificationKind.OrderRejected)]
    [InlineData("order-readied", NotificationKind.OrderReady)]
    [InlineData("order-canceled", NotificationKind.OrderCanceled)]
    [InlineData("order-cancel-refused", NotificationKind.OrderCancelRefused)]
    [InlineData("order-completed", NotificationKind.OrderCompleted)]
    [InlineData("order-cancel-requested", null)]
    [InlineData("order-shopping-started", null)]
    [InlineData("order-painted-green", null)]
    public void Each_event_has_its_kind_or_none(string orderEvent, NotificationKind? kind) => Assert.Equal(kind, OrderNotice.KindOf(orderEvent));

    [Fact]
    public void Ids_are_ids_and_differ_by_order_and_version_however_long_the_order_id_is()
    {
        string[] orders = ["a", "a-1", new('x', 61), new('x', 62), new('x', 63), new('x', 64), $"{new string('x', 63)}y"];
        var ids = orders.SelectMany(order => new[] { 1L, 12L, 9_999L }.Select(version => OrderNotice.IdOf(order, version))).ToList();
        Assert.All(ids, id => Assert.True(Ids.IsValid(id), id));
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public void Every_kind_names_customer_and_order()
    {
        foreach (var kind in Enum.GetValues<NotificationKind>())
        {
            var text = Text(kind);
            Assert.Contains("Ann", text);
            Assert.Contains("order-1", text);
        }
    }

    [Fact]
    public void Amounts_are_those_of_the_entry_also_when_it_is_seen_late()
    {
        Assert.Contains("35.00 USD", Text(NotificationKind.OrderReceived));
        Assert.Contains("25.00 USD", Text(NotificationKind.OrderReady));
    }

    [Fact]
    public void A_reason_is_told()
    {
        Assert.EndsWith(": Ann may not order.", Text(NotificationKind.OrderRejected, note: "Ann may not order."));
        Assert.EndsWith(": asked for it", Text(NotificationKind.OrderCanceled, reason: new Reason("cancel-requested", "asked for it")));
        Assert.EndsWith("canceled.", Text(NotificationKind.OrderCanceled));
    }

    static string Text(NotificationKind kind, string? note = null, Reason? reason = null)
    {
        OrderLine[] lines = [new("p-1", "s-1", "Tea", "Sencha", 10m, 3, Picked: 2), new("p-2", "s-1", "Tea", "Mug", 5m, 1, Picked: 1)];
        var entry = new OrderHistoryEntry(2, "order-any", OrderStatus.Ready, Spec.Start, note);
        return OrderNotice.TextOf(kind, "Ann", new OrderResource("order-1", "ann", "p-1", Spec.Start, lines, 25m, "USD", OrderStatus.Ready, null, null, reason, null, [entry]), entry);
    }
}

using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>Rule 8: one notification per entry of an order's history that has a kind.</summary>
static class OneNotificationPerEntry
{
    static readonly Dictionary<string, NotificationKind> Kinds = new()
    {
        ["order-created"] = NotificationKind.OrderReceived,
        ["order-approved"] = NotificationKind.OrderApproved,
        ["order-rejected"] = NotificationKind.OrderRejected,
        ["order-readied"] = NotificationKind.OrderReady,
        ["order-canceled"] = NotificationKind.OrderCanceled,
        ["order-cancel-refused"] = NotificationKind.OrderCancelRefused,
        ["order-completed"] = NotificationKind.OrderCompleted,
    };

    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        var sent = mall.Notifications.ToLookup(notification => (notification.OrderId, notification.Kind));
        var due = (from order in mall.Orders
                   from entry in order.History
                   where Kinds.ContainsKey(entry.Event)
                   select (order.OrderId, Kind: Kinds[entry.Event])).ToLookup(entry => entry);
        foreach (var entry in sent.Select(group => group.Key).Union(due.Select(group => group.Key)))
        {
            var (wanted, found) = (due[entry].Count(), sent[entry].Count());
            if (wanted != found) yield return Violation.Of(8, $"{wanted} notifications {entry.Kind} are due, there are {found}", entry.OrderId);
        }

        foreach (var notification in mall.Notifications.GroupBy(notification => notification.NotificationId).Where(group => group.Count() > 1))
            yield return Violation.Of(8, "a notification is listed more than once", notification.Key);
    }
}

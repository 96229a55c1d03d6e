using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MallBots.Contracts;

namespace MallBots.Notifications.Domain;

/// <summary>What an entry of an order's history has to tell the customer.</summary>
public static class OrderNotice
{
    const int LongestId = 64;

    /// <summary>The kind of notification that an event leads to; null when it leads to none.</summary>
    /// <param name="orderEvent">The event's public name, such as <c>order-approved</c>.</param>
    public static NotificationKind? KindOf(string orderEvent) => orderEvent switch
    {
        "order-created" => NotificationKind.OrderReceived,
        "order-approved" => NotificationKind.OrderApproved,
        "order-rejected" => NotificationKind.OrderRejected,
        "order-readied" => NotificationKind.OrderReady,
        "order-canceled" => NotificationKind.OrderCanceled,
        "order-cancel-refused" => NotificationKind.OrderCancelRefused,
        "order-completed" => NotificationKind.OrderCompleted,
        _ => null,
    };

    /// <summary>The notification's id: order and version, so that there is one however often the entry is seen. An order id that leaves no room is hashed.</summary>
    public static string IdOf(string orderId, long version)
    {
        var id = $"{orderId}-{version}";
        return id.Length <= LongestId ? id : $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(orderId)))[..32]}-{version}";
    }

    /// <summary>The words. They rest on what does not change after the entry, so that an entry that is seen late reads the same.</summary>
    public static string TextOf(NotificationKind kind, string name, OrderResource order, OrderHistoryEntry entry)
    {
        var ordered = Money(order.Items.Sum(item => item.Price * item.Quantity), order.Currency);
        var picked = Money(order.Items.Sum(item => item.Price * (item.Picked ?? item.Quantity)), order.Currency);
        var because = (entry.Note ?? order.Reason?.Text) is { Length: > 0 } reason ? $": {reason}" : ".";
        return kind switch
        {
            NotificationKind.OrderReceived => $"Hello {name}, we have received your order {order.OrderId} for {ordered}.",
            NotificationKind.OrderApproved => $"Hello {name}, your order {order.OrderId} is approved. Our robots are on their way.",
            NotificationKind.OrderRejected => $"Hello {name}, we can't carry out your order {order.OrderId}{because}",
            NotificationKind.OrderReady => $"Hello {name}, your order {order.OrderId} is ready. Please pick it up at the depot and pay {picked}.",
            NotificationKind.OrderCanceled => $"Hello {name}, your order {order.OrderId} is canceled{because}",
            NotificationKind.OrderCancelRefused => $"Hello {name}, your order {order.OrderId} can't be canceled any more: a robot has started to collect it.",
            NotificationKind.OrderCompleted => $"Hello {name}, thank you for picking up your order {order.OrderId}.",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    static string Money(decimal amount, string currency) => string.Create(CultureInfo.InvariantCulture, $"{amount:0.00} {currency}");
}

using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Notifications.Domain;

/// <summary>A text message about one entry of an order's history. Specification 3, notifications.</summary>
public sealed record Notification(
    string NotificationId, string CustomerId, string OrderId, NotificationKind Kind, string Text, string SmsNumber, NotificationStatus Status, int Attempts)
    : IAggregate<Notification>
{
    /// <summary>How often sending is tried before the notification is given up: over a quarter of an hour in all.</summary>
    public const int MostAttempts = 10;

    /// <inheritdoc/>
    public static Topic Topic => Topics.Notification;

    /// <summary>Not to be tried again before, in UTC.</summary>
    public DateTimeOffset NotBefore { get; init; }

    /// <summary>The list of a customer's notifications.</summary>
    public static string OfCustomer(string customerId) => $"customer-{customerId}";

    /// <summary>The list of the notifications about an order.</summary>
    public static string OfOrder(string orderId) => $"order-{orderId}";

    /// <inheritdoc/>
    public IEnumerable<string> Lists => [OfCustomer(CustomerId), OfOrder(OrderId)];

    /// <summary>A new notification, to be sent.</summary>
    public static Decision Write(string notificationId, string customerId, string orderId, NotificationKind kind, string text, string smsNumber) =>
        new NotificationWritten(notificationId, customerId, orderId, kind, text, smsNumber);

    /// <summary>The binding has taken it.</summary>
    public Decision Sent() => Status == NotificationStatus.Pending ? new NotificationSent() : Decision.Nothing;

    /// <summary>The binding has not taken it; the last attempt ends it.</summary>
    public Decision NotSent(string reason) => Status != NotificationStatus.Pending ? Decision.Nothing
        : Attempts + 1 < MostAttempts ? new SendingFailed(reason)
        : new NotificationFailed(reason);

    /// <inheritdoc/>
    public static Notification Evolve(Notification? notification, Happened happened) => happened.Event switch
    {
        NotificationWritten written => new(
            written.NotificationId, written.CustomerId, written.OrderId, written.Kind, written.Text, written.SmsNumber, NotificationStatus.Pending, Attempts: 0),
        SendingFailed => notification! with { Attempts = notification.Attempts + 1, NotBefore = happened.At + PauseAfter(notification.Attempts + 1) },
        NotificationSent => notification! with { Attempts = notification.Attempts + 1, Status = NotificationStatus.Sent },
        NotificationFailed => notification! with { Attempts = notification.Attempts + 1, Status = NotificationStatus.Failed },
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a notification."),
    };

    /// <summary>1, 2, 4 … 256 seconds.</summary>
    static TimeSpan PauseAfter(int attempts) => TimeSpan.FromSeconds(1 << attempts - 1);

    /// <inheritdoc/>
    public object ToPublic(string currency) => new NotificationResource(NotificationId, CustomerId, OrderId, Kind, Text, Number(SmsNumber), Status, Attempts);

    /// <summary>Name of the file that a binding which writes files keeps it in: to whom it goes, and its id. Safe as a name on every system.</summary>
    public string FileName() => $"+{string.Concat(SmsNumber.Where(char.IsAsciiDigit))}-{NotificationId}.txt";

    /// <summary>A text of others, such as a fault, without the number.</summary>
    public string Masked(string text)
    {
        var digits = string.Concat(SmsNumber.Where(char.IsAsciiDigit));
        return digits.Length == 0 ? text : text.Replace(SmsNumber, Number(SmsNumber), StringComparison.Ordinal).Replace(digits, Number(digits), StringComparison.Ordinal);
    }

    /// <summary>Enough to recognise the number by, not enough to call it: +49*********67.</summary>
    static string Number(string number) => $"{number[..3]}{new string('*', number.Length - 5)}{number[^2..]}";
}

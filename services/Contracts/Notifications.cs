namespace MallBots.Contracts;

/// <summary>What a notification tells.</summary>
public enum NotificationKind
{
    /// <summary>The order was placed.</summary>
    OrderReceived,

    /// <summary>It was approved.</summary>
    OrderApproved,

    /// <summary>It was rejected.</summary>
    OrderRejected,

    /// <summary>It can be picked up.</summary>
    OrderReady,

    /// <summary>It was canceled.</summary>
    OrderCanceled,

    /// <summary>It could not be canceled any more.</summary>
    OrderCancelRefused,

    /// <summary>It was paid and handed over.</summary>
    OrderCompleted,
}

/// <summary>What a notification can be.</summary>
public enum NotificationStatus
{
    /// <summary>To be sent.</summary>
    Pending,

    /// <summary>Handed to the binding.</summary>
    Sent,

    /// <summary>Given up.</summary>
    Failed,
}

/// <summary>A text message to a customer about an order.</summary>
/// <param name="NotificationId">Order id and version of the entry it is about.</param>
/// <param name="CustomerId">Whom it is for.</param>
/// <param name="OrderId">What it is about.</param>
/// <param name="Kind">What it tells.</param>
/// <param name="Text">Its words.</param>
/// <param name="SmsNumber">Where it goes, masked.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Attempts">How often sending was tried.</param>
public sealed record NotificationResource(
    string NotificationId, string CustomerId, string OrderId, NotificationKind Kind, string Text, string SmsNumber, NotificationStatus Status, int Attempts);

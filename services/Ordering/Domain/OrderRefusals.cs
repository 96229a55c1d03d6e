using MallBots.ServiceKit.Domain;

namespace MallBots.Ordering.Domain;

/// <summary>What this service refuses.</summary>
public static class OrderRefusals
{
    /// <summary>There is no such order, or not yet: ordering has still to hear of the checkout.</summary>
    public static readonly RefusalKind Unknown = new("order-unknown", 404, "There is no such order") { RetryAfter = 1 };

    /// <summary>A bot has begun, or the order is over.</summary>
    public static readonly RefusalKind TooLateToCancel = new("order-too-late-to-cancel", 409, "The order can't be canceled any more");

    /// <summary>To the workflow: the customer asked to cancel first.</summary>
    public static readonly RefusalKind CancelRequested = new("cancel-requested", 409, "The customer asked to cancel");

    /// <summary>To the workflow: the order ended without ever being approved.</summary>
    public static readonly RefusalKind Closed = new("order-closed", 409, "The order ended before it was approved");

    /// <summary>To the workflow: the order ended after it was approved.</summary>
    public static readonly RefusalKind Over = new("order-over", 409, "The order is over");

    /// <summary>To the workflow: an earlier approval was faster.</summary>
    public static readonly RefusalKind Approved = new("order-approved", 409, "The order is approved");

    /// <summary>To the workflow: there is no such request to cancel that is still open.</summary>
    public static readonly RefusalKind RequestClosed = new("cancel-request-closed", 409, "The request to cancel is not open");

    /// <summary>What another service shows does not fit this order: ignored, logged and counted.</summary>
    public static readonly RefusalKind DoesNotFit = new("does-not-fit", 409, "It does not fit the order");
}

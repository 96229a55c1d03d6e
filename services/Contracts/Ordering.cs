namespace MallBots.Contracts;

/// <summary>What an order can be (specification 3, ordering).</summary>
public enum OrderStatus
{
    /// <summary>The workflow has not decided yet.</summary>
    Pending,

    /// <summary>Approved; waits for a bot.</summary>
    Approved,

    /// <summary>Refused by the workflow, with a reason.</summary>
    Rejected,

    /// <summary>A bot collects it.</summary>
    InProgress,

    /// <summary>To be picked up and paid.</summary>
    Ready,

    /// <summary>Given up, with a reason.</summary>
    Canceled,

    /// <summary>Paid and handed over.</summary>
    Completed,
}

/// <summary>An order.</summary>
/// <param name="OrderId">Its id, that of the basket.</param>
/// <param name="CustomerId">Who ordered.</param>
/// <param name="PaymentId">The payment named at checkout.</param>
/// <param name="PlacedAt">When the basket was checked out, in UTC.</param>
/// <param name="Items">What was ordered and, once collected, what was picked.</param>
/// <param name="Total">What it costs; what was picked once it is ready.</param>
/// <param name="Currency">The mall's currency.</param>
/// <param name="Status">What it is now.</param>
/// <param name="ShoppingListId">The depot's list, once approved.</param>
/// <param name="InvoiceId">The invoice, once that is known.</param>
/// <param name="Reason">Why it was rejected or canceled.</param>
/// <param name="CancelRequest">The customer's latest request to cancel.</param>
/// <param name="History">Every event of the order, oldest first.</param>
public sealed record OrderResource(
    string OrderId, string CustomerId, string PaymentId, DateTimeOffset PlacedAt, IReadOnlyList<OrderLine> Items, decimal Total, string Currency,
    OrderStatus Status, string? ShoppingListId, string? InvoiceId, Reason? Reason, CancelRequest? CancelRequest, IReadOnlyList<OrderHistoryEntry> History);

/// <summary>A line of an order.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="StoreId">Its store.</param>
/// <param name="StoreName">The store's name at checkout.</param>
/// <param name="ProductName">The product's name at checkout.</param>
/// <param name="Price">Price of one unit at checkout.</param>
/// <param name="Quantity">Units ordered.</param>
/// <param name="Picked">Units that were collected; null until the list is completed.</param>
public sealed record OrderLine(string ProductId, string StoreId, string StoreName, string ProductName, decimal Price, int Quantity, int? Picked = null);

/// <summary>Why something ended.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Text">In words.</param>
public sealed record Reason(string Code, string Text);

/// <summary>When a cancellation was asked for.</summary>
public enum CancelDuring
{
    /// <summary>While the order was pending: the create workflow ends it.</summary>
    Approval,

    /// <summary>After it was approved: a cancel workflow tries.</summary>
    AfterApproval,
}

/// <summary>A customer's request to cancel.</summary>
/// <param name="Request">Number of the request: the version of its event.</param>
/// <param name="During">When it was asked for.</param>
/// <param name="Reason">The customer's words.</param>
/// <param name="Open">True until it is carried out, refused, or the order ended.</param>
public sealed record CancelRequest(long Request, CancelDuring During, string Reason, bool Open);

/// <summary>One event in the life of an order.</summary>
/// <param name="Version">The event's version.</param>
/// <param name="Event">Its public name, such as <c>order-approved</c>.</param>
/// <param name="Status">The order's status after it.</param>
/// <param name="At">When, in UTC.</param>
/// <param name="Note">A reason or remark.</param>
public sealed record OrderHistoryEntry(long Version, string Event, OrderStatus Status, DateTimeOffset At, string? Note = null);

/// <summary>Asks what the create workflow is to do with the order; changes nothing.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record BeginOrder(string OrderId, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Ordering;

    /// <inheritdoc/>
    public static string Route => "begin-order";
}

/// <summary>Approves the order: the pivot of the create workflow. Refused <c>cancel-requested</c>, <c>order-closed</c>, <c>order-over</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="ShoppingListId">The depot's list of it.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record ApproveOrder(string OrderId, string ShoppingListId, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Ordering;

    /// <inheritdoc/>
    public static string Route => "approve-order";
}

/// <summary>Rejects a pending order. Refused <c>order-approved</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Code">Code of the reason.</param>
/// <param name="Text">The reason in words.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record RejectOrder(string OrderId, string Code, string Text, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Ordering;

    /// <inheritdoc/>
    public static string Route => "reject-order";
}

/// <summary>Asks whether a cancellation is still wanted; changes nothing. <c>go</c> while the request is open, else <c>over</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Request">The customer's request.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record BeginCancel(string OrderId, long Request, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Ordering;

    /// <inheritdoc/>
    public static string Route => "begin-cancel";
}

/// <summary>Carries a cancellation out: without a request of a pending order that was asked to cancel, with one of an approved order.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Request">The request that the cancel workflow works on; null from the create workflow.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record CancelOrder(string OrderId, long? Request, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Ordering;

    /// <inheritdoc/>
    public static string Route => "cancel-order";
}

/// <summary>Closes a request that can't be met and tells the customer.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Request">The customer's request.</param>
/// <param name="Code">Why it was refused.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record RefuseCancel(string OrderId, long Request, string Code, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Ordering;

    /// <inheritdoc/>
    public static string Route => "refuse-cancel";
}

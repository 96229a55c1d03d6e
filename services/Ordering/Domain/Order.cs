using System.Collections.Immutable;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;
using static MallBots.Contracts.OrderStatus;

namespace MallBots.Ordering.Domain;

/// <summary>
/// An order. Specification 3, ordering: the table of its states and the internal commands. This document decides every race between the workflows,
/// the customer and the depot, so each method answers by the state it finds, however often and however late it is called.
/// </summary>
public sealed record Order(
    string OrderId, string CustomerId, string PaymentId, DateTimeOffset PlacedAt, ImmutableList<OrderLine> Items, decimal Total, OrderStatus Status,
    string? ShoppingListId, string? InvoiceId, Reason? Reason, CancelRequest? CancelRequest, ImmutableList<OrderHistoryEntry> History) : IAggregate<Order>
{
    /// <inheritdoc/>
    public static Topic Topic => Topics.Order;

    /// <inheritdoc/>
    public static int? RetryAfter => 1;

    /// <inheritdoc/>
    public IEnumerable<string> Lists => [CustomerList(CustomerId)];

    /// <summary>The list of a customer's orders.</summary>
    public static string CustomerList(string customerId) => $"customer-{customerId}";

    bool CancelAsked => CancelRequest is { Open: true };

    /// <summary>An order that ended before it was approved never had a list of its own.</summary>
    bool WasApproved => ShoppingListId is not null;

    // - : basket-checked-out -> pending

    /// <summary>A checked-out basket becomes an order.</summary>
    public static Decision Place(Order? order, OrderCreated checkout) => order is null ? checkout : Decision.Nothing;

    // pending: the workflow approves / rejects -> approved / rejected

    /// <summary>begin-order: what the create workflow is to do. Changes nothing.</summary>
    public AnswerOutcome Begin() => Status switch
    {
        Pending => CancelAsked ? AnswerOutcome.Cancel : AnswerOutcome.Go,
        Approved => AnswerOutcome.Forward,
        Rejected or Canceled when !WasApproved => AnswerOutcome.Undo,
        _ => AnswerOutcome.Over,
    };

    /// <summary>approve-order, the pivot.</summary>
    public Decision Approve(string shoppingListId) => Status switch
    {
        Pending when CancelAsked => OrderRefusals.CancelRequested.Because("The customer asked to cancel before the order was approved."),
        Pending => new OrderApproved(shoppingListId),
        Approved or InProgress or Ready => Decision.Nothing,
        _ when WasApproved => OrderRefusals.Over.Because($"The order was approved and is {Status}."),
        _ => OrderRefusals.Closed.Because($"The order is {Status}."),
    };

    /// <summary>reject-order. The reason was there first, even if a cancellation was asked for meanwhile.</summary>
    public Decision Reject(string code, string text) =>
        Status == Pending ? new OrderRejected(new Reason(code, text))
        : WasApproved ? OrderRefusals.Approved.Because("The order was approved before.")
        : Decision.Nothing;

    // pending, approved: cancellation carried out -> canceled

    /// <summary>The customer asks to cancel; while a request is open that is all there is to do.</summary>
    public Decision AskToCancel(string reason) => Status switch
    {
        Pending or Approved when CancelAsked => Decision.Nothing,
        Pending => new OrderCancelRequested(CancelDuring.Approval, reason),
        Approved => new OrderCancelRequested(CancelDuring.AfterApproval, reason),
        _ => OrderRefusals.TooLateToCancel.Because($"The order is {Status}."),
    };

    /// <summary>cancel-order of the create workflow: drops a pending order that was asked to cancel.</summary>
    public Decision CancelBeforeApproval() =>
        Status == Pending ? CancelAsked ? CanceledByCustomer() : OrderRefusals.RequestClosed.Because("Nobody asked to cancel the order.")
        : WasApproved ? OrderRefusals.Approved.Because("The order was approved before.")
        : Decision.Nothing;

    /// <summary>begin-cancel: is this request still open? Whatever the order's status: then the depot refuses, and the customer is told.</summary>
    public AnswerOutcome BeginCancel(long request) => IsOpen(request) ? AnswerOutcome.Go : AnswerOutcome.Over;

    /// <summary>cancel-order of a cancel workflow: gives an approved order up.</summary>
    public Decision CancelAfterApproval(long request) =>
        Status == Approved && IsOpen(request) ? CanceledByCustomer()
        : Status == Canceled && Reason?.Code == OrderRefusals.CancelRequested.Code && CancelRequest?.Request == request ? Decision.Nothing
        : OrderRefusals.RequestClosed.Because($"The order is {Status}, and request {request} is not open or comes too late.");

    /// <summary>refuse-cancel: the request can't be met, the order goes on.</summary>
    public Decision RefuseCancel(long request, string code) => IsOpen(request) ? new OrderCancelRefused(request, code) : Decision.Nothing;

    // approved: shopping-list-assigned -> inProgress

    /// <summary>A bot has the list.</summary>
    public Decision SeeShopping() =>
        Status == Approved ? new OrderShoppingStarted()
        : WasApproved ? Decision.Nothing // Late: what comes after it was seen before.
        : DoesNotFit("a bot has its list");

    // approved, inProgress: shopping-list-completed -> ready, or canceled when nothing was picked

    /// <summary>The list is completed.</summary>
    /// <param name="picked">Units picked, by product.</param>
    public Decision SeeShoppingCompleted(ImmutableDictionary<string, int> picked) => Status switch
    {
        Approved or InProgress => Items.Any(line => picked.GetValueOrDefault(line.ProductId) > 0)
            ? new OrderReadied(picked)
            : new OrderCanceled(new Reason("nothing-picked", "The depot found nothing of what was ordered.")),
        Ready or Completed => Decision.Nothing,
        Canceled when WasApproved => Decision.Nothing,
        _ => DoesNotFit("its list is completed"),
    };

    // ready: invoice-paid / invoice-canceled -> completed / canceled

    /// <summary>The order's invoice as payments shows it.</summary>
    public Decision SeeInvoice(string invoiceId, InvoiceStatus invoice) => (Status, invoice) switch
    {
        (Ready, _) => Decision.Of([.. InvoiceId is null ? [new InvoiceBecameKnown(invoiceId)] : NoEvents, .. AfterInvoice(invoice)]),
        (Completed, InvoiceStatus.Canceled) => DoesNotFit("its invoice is canceled"),
        (Completed, _) => Decision.Nothing,
        (Canceled, InvoiceStatus.Paid) => DoesNotFit("its invoice is paid"),
        (Canceled, _) when WasApproved => Decision.Nothing,
        _ => DoesNotFit($"its invoice is {invoice}"),
    };

    /// <inheritdoc/>
    public static Order Evolve(Order? order, Happened happened) => happened.Event switch
    {
        OrderCreated e => new Order(
                e.OrderId, e.CustomerId, e.PaymentId, e.PlacedAt, e.Items, e.Items.Sum(line => line.Price * line.Quantity), Pending, null, null, null, null, [])
            .Noting(happened, OrderCreated.Name),
        OrderApproved e => (order! with { Status = Approved, ShoppingListId = e.ShoppingListId }).Noting(happened, OrderApproved.Name),
        OrderRejected e => order!.Ended(Rejected, e.Reason).Noting(happened, OrderRejected.Name, e.Reason.Text),
        OrderCancelRequested e => (order! with { CancelRequest = new(happened.Version, e.During, e.Reason, Open: true) })
            .Noting(happened, OrderCancelRequested.Name, e.Reason),
        OrderCancelRefused e => order!.RequestDone().Noting(happened, OrderCancelRefused.Name, e.Code),
        OrderShoppingStarted => (order! with { Status = InProgress }).Noting(happened, OrderShoppingStarted.Name),
        OrderReadied e => order!.WithPicked(e.Picked).Noting(happened, OrderReadied.Name),
        InvoiceBecameKnown e => order! with { InvoiceId = e.InvoiceId },
        OrderCanceled e => order!.Ended(Canceled, e.Reason).Noting(happened, OrderCanceled.Name, e.Reason.Text),
        OrderCompleted => order!.Ended(Completed, null).Noting(happened, OrderCompleted.Name),
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of an order."),
    };

    /// <inheritdoc/>
    public object ToPublic(string currency) => new OrderResource(
        OrderId, CustomerId, PaymentId, PlacedAt, Items, Total, currency, Status, ShoppingListId, InvoiceId, Reason, CancelRequest, History);

    static DomainEvent[] NoEvents => [];

    static DomainEvent[] AfterInvoice(InvoiceStatus invoice) => invoice switch
    {
        InvoiceStatus.Paid => [new OrderCompleted()],
        InvoiceStatus.Canceled => [new OrderCanceled(new Reason("invoice-canceled", "The invoice was given up by the staff."))],
        _ => NoEvents,
    };

    bool IsOpen(long request) => CancelRequest is { Open: true } open && open.Request == request;

    OrderCanceled CanceledByCustomer() => new(new Reason(
        OrderRefusals.CancelRequested.Code, CancelRequest is { Reason.Length: > 0 } request ? request.Reason : "The customer asked to cancel."));

    Refusal DoesNotFit(string what) => OrderRefusals.DoesNotFit.Because($"The order is {Status}, but {what}.");

    Order Ended(OrderStatus status, Reason? reason) => RequestDone() with { Status = status, Reason = reason };

    Order RequestDone() => this with { CancelRequest = CancelRequest is { } request ? request with { Open = false } : null };

    Order WithPicked(ImmutableDictionary<string, int> picked)
    {
        var lines = Items.ConvertAll(line => line with { Picked = Math.Min(line.Quantity, picked.GetValueOrDefault(line.ProductId)) });
        return this with { Status = Ready, Items = lines, Total = lines.Sum(line => line.Price * line.Picked!.Value) };
    }

    Order Noting(Happened happened, string name, string? note = null) =>
        this with { History = History.Add(new OrderHistoryEntry(happened.Version, name, Status, happened.At, note is { Length: > 0 } ? note : null)) };
}

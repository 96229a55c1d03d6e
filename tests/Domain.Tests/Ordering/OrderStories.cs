using System.Collections.Immutable;
using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Domain;

namespace MallBots.Domain.Tests.Ordering;

/// <summary>What happened to an order before, one story for each state that it can be in.</summary>
static class OrderStories
{
    public const long FirstRequest = 2;
    public const long RequestAfterApproval = 3;

    public static readonly OrderCreated Created = new(
        "o-1", "ann", "p-1", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        [
            new OrderLine("tea", "s-1", "Tea shop", "Green tea", 4.20m, 3),
            new OrderLine("cup", "s-2", "Cups", "Blue cup", 7.50m, 1),
        ]);

    public static readonly OrderApproved Approved = new("o-1");
    public static readonly OrderRejected Rejected = new(new Reason("payment-declined", "No."));
    public static readonly OrderReadied Readied = new(Picked(("tea", 2), ("cup", 1)));
    public static readonly OrderCanceled CanceledByCustomer = new(new Reason("cancel-requested", "Too late for tea"));
    public static readonly OrderCanceled NothingPicked = new(new Reason("nothing-picked", "The depot found nothing of what was ordered."));
    public static readonly OrderCanceled InvoiceCanceled = new(new Reason("invoice-canceled", "The invoice was given up by the staff."));

    public static readonly DomainEvent[] Pending = [Created];
    public static readonly DomainEvent[] PendingAsked = [Created, Asked(CancelDuring.Approval)];
    public static readonly DomainEvent[] IsRejected = [Created, Rejected];
    public static readonly DomainEvent[] Dropped = [Created, Asked(CancelDuring.Approval), CanceledByCustomer];
    public static readonly DomainEvent[] IsApproved = [Created, Approved];
    public static readonly DomainEvent[] ApprovedAsked = [Created, Approved, Asked(CancelDuring.AfterApproval)];
    public static readonly DomainEvent[] InProgress = [Created, Approved, new OrderShoppingStarted()];
    public static readonly DomainEvent[] InProgressAsked = [Created, Approved, Asked(CancelDuring.AfterApproval), new OrderShoppingStarted()];
    public static readonly DomainEvent[] Ready = [Created, Approved, new OrderShoppingStarted(), Readied];
    public static readonly DomainEvent[] Completed = [.. Ready, new InvoiceBecameKnown("o-1"), new OrderCompleted()];
    public static readonly DomainEvent[] CanceledAfterApproval = [.. ApprovedAsked, CanceledByCustomer];
    public static readonly DomainEvent[] CanceledNothingPicked = [.. InProgress, NothingPicked];
    public static readonly DomainEvent[] CanceledInvoice = [.. Ready, InvoiceCanceled];

    public static OrderCancelRequested Asked(CancelDuring during) => new(during, "Too late for tea");

    public static ImmutableDictionary<string, int> Picked(params (string Product, int Quantity)[] picked) =>
        picked.ToImmutableDictionary(pick => pick.Product, pick => pick.Quantity);

    public static readonly IReadOnlyDictionary<string, DomainEvent[]> All = new Dictionary<string, DomainEvent[]>
    {
        ["pending"] = Pending,
        ["pending, asked to cancel"] = PendingAsked,
        ["rejected"] = IsRejected,
        ["canceled before approval"] = Dropped,
        ["approved"] = IsApproved,
        ["approved, asked to cancel"] = ApprovedAsked,
        ["in progress"] = InProgress,
        ["in progress, asked to cancel"] = InProgressAsked,
        ["ready"] = Ready,
        ["completed"] = Completed,
        ["canceled after approval"] = CanceledAfterApproval,
        ["canceled, nothing picked"] = CanceledNothingPicked,
        ["canceled, invoice given up"] = CanceledInvoice,
    };
}

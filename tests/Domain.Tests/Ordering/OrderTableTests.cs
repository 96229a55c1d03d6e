using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.TestKit;
using Xunit;
using static MallBots.Domain.Tests.Ordering.OrderStories;

namespace MallBots.Domain.Tests.Ordering;

/// <summary>Each row of the table of specification 3, ordering, and what an order shows afterwards.</summary>
public sealed class OrderTableTests
{
    [Fact]
    public void A_checked_out_basket_becomes_a_pending_order() => Spec.Given<Order>()
        .WhenNew(order => Order.Place(order, Created))
        .Then(Created)
        .ThenState(order =>
        {
            Assert.Equal((OrderStatus.Pending, 20.10m), (order.Status, order.Total));
            Assert.Equal(["order-created"], order.History.Select(entry => entry.Event));
        });

    [Fact]
    public void A_checkout_that_is_seen_again_changes_nothing() =>
        Spec.Given<Order>(IsApproved).WhenNew(order => Order.Place(order, Created)).ThenNothing();

    [Fact]
    public void The_workflow_approves() => Spec.Given<Order>(Pending)
        .When(order => order.Approve("o-1"))
        .Then(Approved)
        .ThenState(order => Assert.Equal((OrderStatus.Approved, "o-1"), (order.Status, order.ShoppingListId)));

    [Fact]
    public void The_workflow_rejects_with_a_reason() => Spec.Given<Order>(Pending)
        .When(order => order.Reject("payment-declined", "No."))
        .Then(Rejected)
        .ThenState(order => Assert.Equal((OrderStatus.Rejected, new Reason("payment-declined", "No.")), (order.Status, order.Reason)));

    [Fact]
    public void A_reason_to_reject_counts_even_if_a_cancellation_was_asked_for_meanwhile() => Spec.Given<Order>(PendingAsked)
        .When(order => order.Reject("payment-declined", "No."))
        .Then(Rejected)
        .ThenState(order => Assert.False(order.CancelRequest!.Open));

    [Fact]
    public void A_pending_order_that_was_asked_to_cancel_is_canceled_with_the_customers_words() => Spec.Given<Order>(PendingAsked)
        .When(order => order.CancelBeforeApproval())
        .Then(CanceledByCustomer)
        .ThenState(order => Assert.Equal((OrderStatus.Canceled, false), (order.Status, order.CancelRequest!.Open)));

    [Fact]
    public void An_approved_order_is_canceled_by_its_open_request() => Spec.Given<Order>(ApprovedAsked)
        .When(order => order.CancelAfterApproval(RequestAfterApproval))
        .Then(CanceledByCustomer)
        .ThenState(order => Assert.Equal((OrderStatus.Canceled, false), (order.Status, order.CancelRequest!.Open)));

    [Fact]
    public void A_bot_starts_an_approved_order() => Spec.Given<Order>(IsApproved)
        .When(order => order.SeeShopping())
        .Then(new OrderShoppingStarted())
        .ThenState(order => Assert.Equal(OrderStatus.InProgress, order.Status));

    [Theory]
    [InlineData("approved")]
    [InlineData("in progress")]
    [InlineData("in progress, asked to cancel")]
    public void A_completed_list_makes_the_order_ready_for_what_was_picked(string state) => Spec.Given<Order>(All[state])
        .When(order => order.SeeShoppingCompleted(Picked(("tea", 2), ("cup", 0))))
        .ThenState(order =>
        {
            Assert.Equal((OrderStatus.Ready, 8.40m), (order.Status, order.Total));
            Assert.Equal([2, 0], order.Items.Select(line => line.Picked));
            Assert.Equal("order-readied", order.History[^1].Event);
        });

    [Theory]
    [InlineData("approved")]
    [InlineData("in progress")]
    public void An_order_of_which_nothing_was_picked_is_canceled(string state) => Spec.Given<Order>(All[state])
        .When(order => order.SeeShoppingCompleted(Picked(("tea", 0))))
        .Then(NothingPicked)
        .ThenState(order => Assert.Equal((OrderStatus.Canceled, "nothing-picked"), (order.Status, order.Reason!.Code)));

    [Fact]
    public void More_than_was_ordered_is_not_charged() => Spec.Given<Order>(IsApproved)
        .When(order => order.SeeShoppingCompleted(Picked(("tea", 30))))
        .ThenState(order => Assert.Equal(12.60m, order.Total));

    [Fact]
    public void The_invoice_becomes_known() => Spec.Given<Order>(Ready)
        .When(order => order.SeeInvoice("o-1", InvoiceStatus.Pending))
        .Then(new InvoiceBecameKnown("o-1"))
        .ThenState(order => Assert.Equal((OrderStatus.Ready, "o-1", 4), (order.Status, order.InvoiceId, order.History.Count)));

    [Fact]
    public void A_paid_invoice_completes_the_order() => Spec.Given<Order>(Ready)
        .When(order => order.SeeInvoice("o-1", InvoiceStatus.Paid))
        .Then(new InvoiceBecameKnown("o-1"), new OrderCompleted())
        .ThenState(order => Assert.Equal((OrderStatus.Completed, "o-1"), (order.Status, order.InvoiceId)));

    [Fact]
    public void A_canceled_invoice_cancels_the_order() => Spec.Given<Order>([.. Ready, new InvoiceBecameKnown("o-1")])
        .When(order => order.SeeInvoice("o-1", InvoiceStatus.Canceled))
        .Then(InvoiceCanceled)
        .ThenState(order => Assert.Equal((OrderStatus.Canceled, "invoice-canceled"), (order.Status, order.Reason!.Code)));

    [Fact]
    public void An_order_that_ends_closes_its_request() =>
        Assert.False(Spec.Fold<Order>([.. InProgressAsked, NothingPicked])!.CancelRequest!.Open);

    [Fact]
    public void Every_published_event_is_an_entry_of_the_history() => Spec.Given<Order>([.. InProgressAsked, new OrderCancelRefused(RequestAfterApproval, "shopping-already-started"), Readied, new InvoiceBecameKnown("o-1")])
        .When(order => order.SeeInvoice("o-1", InvoiceStatus.Paid))
        .ThenState(order => Assert.Equal(
            [
                (1L, "order-created", OrderStatus.Pending, null),
                (2L, "order-approved", OrderStatus.Approved, null),
                (3L, "order-cancel-requested", OrderStatus.Approved, "Too late for tea"),
                (4L, "order-shopping-started", OrderStatus.InProgress, null),
                (5L, "order-cancel-refused", OrderStatus.InProgress, "shopping-already-started"),
                (6L, "order-readied", OrderStatus.Ready, null),
                (8L, "order-completed", OrderStatus.Completed, null),
            ],
            order.History.Select(entry => (entry.Version, entry.Event, entry.Status, (string?)entry.Note))));

    [Theory]
    [InlineData("pending, asked to cancel")]
    [InlineData("approved, asked to cancel")]
    public void While_a_request_is_open_asking_again_changes_nothing(string state) =>
        Spec.Given<Order>(All[state]).When(order => order.AskToCancel("Again")).ThenNothing();

    [Fact]
    public void A_request_carries_its_version_and_when_it_was_made()
    {
        Spec.Given<Order>(Pending).When(order => order.AskToCancel("Too late for tea")).Then(Asked(CancelDuring.Approval))
            .ThenState(order => Assert.Equal(new CancelRequest(FirstRequest, CancelDuring.Approval, "Too late for tea", true), order.CancelRequest));
        Spec.Given<Order>(IsApproved).When(order => order.AskToCancel("Too late for tea")).Then(Asked(CancelDuring.AfterApproval))
            .ThenState(order => Assert.Equal(new CancelRequest(RequestAfterApproval, CancelDuring.AfterApproval, "Too late for tea", true), order.CancelRequest));
    }

    [Fact]
    public void After_a_refusal_the_customer_may_ask_again() =>
        Spec.Given<Order>([.. ApprovedAsked, new OrderCancelRefused(RequestAfterApproval, "shopping-already-started")])
            .When(order => order.AskToCancel("Please"))
            .Then(new OrderCancelRequested(CancelDuring.AfterApproval, "Please"))
            .ThenState(order => Assert.Equal((5L, true), (order.CancelRequest!.Request, order.CancelRequest.Open)));

    [Fact]
    public void A_refused_request_is_closed_and_noted() => Spec.Given<Order>(InProgressAsked)
        .When(order => order.RefuseCancel(RequestAfterApproval, "shopping-already-started"))
        .Then(new OrderCancelRefused(RequestAfterApproval, "shopping-already-started"))
        .ThenState(order => Assert.Equal((OrderStatus.InProgress, false), (order.Status, order.CancelRequest!.Open)));
}

using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using Xunit;
using static MallBots.Domain.Tests.Ordering.OrderStories;

namespace MallBots.Domain.Tests.Ordering;

/// <summary>Every command in every state: an event, nothing (approved), or a refusal.</summary>
public sealed class OrderCommandTests
{
    // The columns are in the order of OrderStories.All.
    static readonly string[] States =
    [
        "pending", "pending, asked to cancel", "rejected", "canceled before approval", "approved", "approved, asked to cancel", "in progress",
        "in progress, asked to cancel", "ready", "completed", "canceled after approval", "canceled, nothing picked", "canceled, invoice given up",
    ];

    static readonly Dictionary<string, (Func<Order, Decision> Command, string[] Answers)> Commands = new()
    {
        ["approve-order"] = (order => order.Approve("o-1"),
        [
            "OrderApproved", "cancel-requested", "order-closed", "order-closed", "-", "-", "-",
            "-", "-", "order-over", "order-over", "order-over", "order-over",
        ]),
        ["reject-order"] = (order => order.Reject("payment-declined", "No."),
        [
            "OrderRejected", "OrderRejected", "-", "-", "order-approved", "order-approved", "order-approved",
            "order-approved", "order-approved", "order-approved", "order-approved", "order-approved", "order-approved",
        ]),
        ["cancel-order"] = (order => order.CancelBeforeApproval(),
        [
            "cancel-request-closed", "OrderCanceled", "-", "-", "order-approved", "order-approved", "order-approved",
            "order-approved", "order-approved", "order-approved", "order-approved", "order-approved", "order-approved",
        ]),
        ["cancel-order with the request"] = (order => order.CancelAfterApproval(RequestAfterApproval),
        [
            "cancel-request-closed", "cancel-request-closed", "cancel-request-closed", "cancel-request-closed", "cancel-request-closed", "OrderCanceled", "cancel-request-closed",
            "cancel-request-closed", "cancel-request-closed", "cancel-request-closed", "-", "cancel-request-closed", "cancel-request-closed",
        ]),
        ["refuse-cancel"] = (order => order.RefuseCancel(RequestAfterApproval, "shopping-already-started"),
        [
            "-", "-", "-", "-", "-", "OrderCancelRefused", "-",
            "OrderCancelRefused", "-", "-", "-", "-", "-",
        ]),
        ["the customer asks to cancel"] = (order => order.AskToCancel("Sorry"),
        [
            "OrderCancelRequested", "-", "order-too-late-to-cancel", "order-too-late-to-cancel", "OrderCancelRequested", "-", "order-too-late-to-cancel",
            "order-too-late-to-cancel", "order-too-late-to-cancel", "order-too-late-to-cancel", "order-too-late-to-cancel", "order-too-late-to-cancel", "order-too-late-to-cancel",
        ]),
        ["list assigned"] = (order => order.SeeShopping(),
        [
            "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit", "OrderShoppingStarted", "OrderShoppingStarted", "-",
            "-", "-", "-", "-", "-", "-",
        ]),
        ["list completed"] = (order => order.SeeShoppingCompleted(Picked(("cup", 1))),
        [
            "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit", "OrderReadied", "OrderReadied", "OrderReadied",
            "OrderReadied", "-", "-", "-", "-", "-",
        ]),
        ["invoice paid"] = (order => order.SeeInvoice("o-1", InvoiceStatus.Paid),
        [
            "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit",
            "does-not-fit", "InvoiceBecameKnown OrderCompleted", "-", "does-not-fit", "does-not-fit", "does-not-fit",
        ]),
        ["invoice canceled"] = (order => order.SeeInvoice("o-1", InvoiceStatus.Canceled),
        [
            "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit", "does-not-fit",
            "does-not-fit", "InvoiceBecameKnown OrderCanceled", "does-not-fit", "-", "-", "-",
        ]),
    };

    public static TheoryData<string, string, string> Cells =>
        [.. Commands.SelectMany(command => States.Select((state, column) => (command.Key, state, command.Value.Answers[column])))];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Each_command_answers_by_the_state_it_finds(string command, string state, string expected)
    {
        var order = Spec.Fold<Order>(All[state])!;
        Assert.Equal(expected, Text(Commands[command].Command(order)));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void What_was_done_is_approved_when_it_is_asked_for_again(string command, string state, string expected)
    {
        if (expected.Contains('-', StringComparison.Ordinal)) return; // Refused, or nothing to do.
        var decision = Commands[command].Command(Spec.Fold<Order>(All[state])!);
        var after = Spec.Fold<Order>([.. All[state], .. decision.Events])!;
        Assert.Equal("-", Text(Commands[command].Command(after)));
    }

    [Theory]
    [InlineData("pending", AnswerOutcome.Go)]
    [InlineData("pending, asked to cancel", AnswerOutcome.Cancel)]
    [InlineData("rejected", AnswerOutcome.Undo)]
    [InlineData("canceled before approval", AnswerOutcome.Undo)]
    [InlineData("approved", AnswerOutcome.Forward)]
    [InlineData("approved, asked to cancel", AnswerOutcome.Forward)]
    [InlineData("in progress", AnswerOutcome.Over)]
    [InlineData("ready", AnswerOutcome.Over)]
    [InlineData("completed", AnswerOutcome.Over)]
    [InlineData("canceled after approval", AnswerOutcome.Over)]
    [InlineData("canceled, nothing picked", AnswerOutcome.Over)]
    [InlineData("canceled, invoice given up", AnswerOutcome.Over)]
    public void Begin_order_says_what_the_workflow_is_to_do(string state, AnswerOutcome expected) =>
        Assert.Equal(expected, Spec.Fold<Order>(All[state])!.Begin());

    [Fact]
    public void Begin_cancel_goes_while_that_request_is_open_whatever_the_status()
    {
        foreach (var (state, events) in All)
        {
            var open = state is "approved, asked to cancel" or "in progress, asked to cancel";
            Assert.Equal(open ? AnswerOutcome.Go : AnswerOutcome.Over, Spec.Fold<Order>(events)!.BeginCancel(RequestAfterApproval));
            Assert.Equal(AnswerOutcome.Over, Spec.Fold<Order>(events)!.BeginCancel(99));
        }
    }

    static string Text(Decision decision) =>
        decision.Refusal?.Code ?? (decision.Events.IsEmpty ? "-" : string.Join(' ', decision.Events.Select(happened => happened.GetType().Name)));
}

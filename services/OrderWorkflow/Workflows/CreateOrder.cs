using Dapr.Workflow;
using MallBots.Contracts;

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>What create-order knows of its order.</summary>
/// <param name="OrderId">The order; also the id of its shopping list.</param>
/// <param name="CustomerId">Who ordered.</param>
/// <param name="PaymentId">The payment named at checkout.</param>
/// <param name="Total">What the payment must cover.</param>
/// <param name="Items">What is to be collected.</param>
public sealed record OrderToCreate(string OrderId, string CustomerId, string PaymentId, decimal Total, IReadOnlyList<ItemToCollect> Items)
{
    /// <summary>Takes it from an order.</summary>
    public static OrderToCreate Of(OrderResource order) => new(
        order.OrderId, order.CustomerId, order.PaymentId, order.Total,
        [.. order.Items.Select(line => new ItemToCollect(line.ProductId, line.StoreId, line.Quantity))]);
}

/// <summary>Create order: the first table of specification 4. The instance's id is that of the order.</summary>
public sealed class CreateOrder : Workflow<RunInput<OrderToCreate>, string>
{
    // A step: its name, its command, and what takes it back.
    static readonly Step<OrderToCreate> ReleaseTheHold = new(ReleasePayment.Route, (order, by) => new ReleasePayment(order.PaymentId, order.OrderId, order.CustomerId, by.WorkflowId, by.Step));
    static readonly Step<OrderToCreate> CancelTheList = new(CancelShoppingList.Route, (order, by) => new CancelShoppingList(order.OrderId, by.WorkflowId, by.Step));

    static readonly Step<OrderToCreate> Begin = new(BeginOrder.Route, (order, by) => new BeginOrder(order.OrderId, by.WorkflowId, by.Step));

    static readonly Step<OrderToCreate>[] ToApproval =
    [
        new(AuthorizeCustomer.Route, (order, by) => new AuthorizeCustomer(order.CustomerId, order.OrderId, by.WorkflowId, by.Step)),
        new(CreateShoppingList.Route, (order, by) => new CreateShoppingList(order.OrderId, order.Items, by.WorkflowId, by.Step), UndoneBy: CancelTheList),
        new(ConfirmPayment.Route, (order, by) => new ConfirmPayment(order.PaymentId, order.OrderId, order.CustomerId, order.Total, by.WorkflowId, by.Step), UndoneBy: ReleaseTheHold),
        new(ApproveOrder.Route, (order, by) => new ApproveOrder(order.OrderId, order.OrderId, by.WorkflowId, by.Step)), // The pivot: from here on nothing is undone.
    ];

    static readonly Step<OrderToCreate> Initiate = new(InitiateShopping.Route, (order, by) => new InitiateShopping(order.OrderId, by.WorkflowId, by.Step));

    /// <inheritdoc/>
    public override Task<string> RunAsync(WorkflowContext context, RunInput<OrderToCreate> input) => Saga<OrderToCreate>.Run(context, input, FromTheTop);

    static async Task<string> FromTheTop(Saga<OrderToCreate> order) => (await order.Do(Begin)).Outcome switch
    {
        AnswerOutcome.Go => await Approve(order),
        AnswerOutcome.Cancel => await Stop(order, Refusals.StoppedByCustomer),
        AnswerOutcome.Forward => await Forward(order),
        AnswerOutcome.Undo => await Undo(order, "undone"), // An earlier run ended the order and did not come to this.
        _ => "over",
    };

    static async Task<string> Approve(Saga<OrderToCreate> order)
    {
        foreach (var step in ToApproval)
        {
            var answer = await order.DoUnlessCanceled(step);
            if (answer.Outcome != AnswerOutcome.Refused) continue;
            return answer.Code switch
            {
                Refusals.OrderOver => "over",
                Refusals.OrderClosed => await Undo(order, "undone"),
                _ => await Stop(order, answer),
            };
        }

        return await Forward(order);
    }

    /// <summary>The order's document decides before anything is taken back.</summary>
    static async Task<string> Stop(Saga<OrderToCreate> order, CommandAnswer refusal)
    {
        order.Because(refusal);
        var canceled = refusal.Code == Refusals.CancelRequested;
        Step<OrderToCreate> decide = canceled
            ? new(Contracts.CancelOrder.Route, (order, by) => new Contracts.CancelOrder(order.OrderId, null, by.WorkflowId, by.Step))
            : new(RejectOrder.Route, (order, by) => new RejectOrder(order.OrderId, refusal.Code!, refusal.Text ?? "", by.WorkflowId, by.Step));
        return await order.Do(decide) switch
        {
            { Outcome: AnswerOutcome.Approved } => await Undo(order, canceled ? "canceled" : "rejected"),
            { Code: Refusals.OrderApproved } => await Forward(order),
            var defect => throw new InvalidOperationException($"{decide.Name} answered {defect}."),
        };
    }

    /// <summary>Gives the list to the bots. Refused because it is canceled: the cancel workflow was faster.</summary>
    static async Task<string> Forward(Saga<OrderToCreate> order) =>
        (await order.Do(Initiate)).Outcome == AnswerOutcome.Refused ? "canceled meanwhile" : "approved";

    static async Task<string> Undo(Saga<OrderToCreate> order, string outcome)
    {
        await order.Undo(ToApproval.Reverse().Select(step => step.UndoneBy).OfType<Step<OrderToCreate>>());
        return outcome;
    }
}

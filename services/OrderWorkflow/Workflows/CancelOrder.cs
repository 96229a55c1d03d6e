using Dapr.Workflow;
using MallBots.Contracts;

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>What cancel-order knows of the request that it works on.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Request">The customer's request.</param>
/// <param name="CustomerId">Who ordered.</param>
/// <param name="PaymentId">The payment to give back.</param>
public sealed record OrderToCancel(string OrderId, long Request, string CustomerId, string PaymentId);

/// <summary>
/// Cancel order: the second table of specification 4, for a request that was made after approval. The depot decides; what it refuses the customer is told.
/// The instance's id is <c>cancel-&lt;orderId&gt;-&lt;request&gt;</c>.
/// </summary>
public sealed class CancelOrder : Workflow<RunInput<OrderToCancel>, string>
{
    static readonly Step<OrderToCancel> Begin = new(BeginCancel.Route, (order, by) => new BeginCancel(order.OrderId, order.Request, by.WorkflowId, by.Step));
    static readonly Step<OrderToCancel> CancelTheList = new(CancelShoppingList.Route, (order, by) => new CancelShoppingList(order.OrderId, by.WorkflowId, by.Step));
    static readonly Step<OrderToCancel> CancelTheOrder = new(Contracts.CancelOrder.Route, (order, by) => new Contracts.CancelOrder(order.OrderId, order.Request, by.WorkflowId, by.Step));
    static readonly Step<OrderToCancel> ReleaseTheHold = new(ReleasePayment.Route, (order, by) => new ReleasePayment(order.PaymentId, order.OrderId, order.CustomerId, by.WorkflowId, by.Step));

    /// <inheritdoc/>
    public override Task<string> RunAsync(WorkflowContext context, RunInput<OrderToCancel> input) => Saga<OrderToCancel>.Run(context, input, FromTheTop);

    static async Task<string> FromTheTop(Saga<OrderToCancel> order)
    {
        if ((await order.Do(Begin)).Outcome != AnswerOutcome.Go) return "over";
        if (await order.Do(CancelTheList) is { Outcome: AnswerOutcome.Refused } tooLate) return await Refuse(order, tooLate);
        if ((await order.Do(CancelTheOrder)).Outcome == AnswerOutcome.Refused) return "over";
        await order.Do(ReleaseTheHold);
        return "canceled";
    }

    static async Task<string> Refuse(Saga<OrderToCancel> order, CommandAnswer refusal)
    {
        order.Because(refusal);
        await order.Do(new(RefuseCancel.Route, (order, by) => new RefuseCancel(order.OrderId, order.Request, refusal.Code!, by.WorkflowId, by.Step)));
        return "refused";
    }
}

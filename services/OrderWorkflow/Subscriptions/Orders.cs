using MallBots.Contracts;
using MallBots.OrderWorkflow.Runs;
using MallBots.ServiceKit.Messaging;

namespace MallBots.OrderWorkflow.Subscriptions;

/// <summary>A pending order has its create workflow, an open request to cancel its cancel workflow, or the create workflow hears of it.</summary>
public sealed class Orders(WorkflowRuns runs) : IReaction<OrderResource>
{
    /// <summary>Subscribes to orders.</summary>
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on.React<OrderResource, Orders>(Topics.Order);

    /// <inheritdoc/>
    public async Task See(Seen<OrderResource> seen, CancellationToken cancel)
    {
        var order = seen.Value;
        if (order.Status == OrderStatus.Pending) await runs.SeeToCreate(order, seen.Command("create-order", cancel));
        if (order.CancelRequest is not { Open: true } wish) return;
        if (wish.During == CancelDuring.AfterApproval) await runs.SeeToCancel(order, wish.Request, seen.Command("cancel-order", cancel));
        else await runs.HintAtCancel(order.OrderId, cancel);
    }
}

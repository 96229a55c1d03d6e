using MallBots.ServiceKit.Domain;

namespace MallBots.OrderWorkflow.Domain;

/// <summary>What this service refuses.</summary>
public static class ProcessRefusals
{
    /// <summary>No workflow of this order was ever planned.</summary>
    public static readonly RefusalKind Unknown = new("order-workflow-unknown", 404, "There is no workflow of such an order") { RetryAfter = 1 };

    /// <summary>No workflow of this order was planned, or not yet.</summary>
    public static Refusal NotPlanned(string orderId) => Unknown.Because($"There is no workflow of an order {orderId}, or not yet.");

    /// <summary>Nobody waits for the operator, or not at this step.</summary>
    public static readonly RefusalKind NotWaiting = new("workflow-not-waiting", 409, "The workflow does not need attention");

    /// <summary>Only an undo can be given up.</summary>
    public static readonly RefusalKind NothingToGiveUp = new("nothing-to-give-up", 409, "Nothing is being undone");
}

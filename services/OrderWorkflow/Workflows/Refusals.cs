using MallBots.Contracts;

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>Codes of refusals that the workflows go by; all others only become the reason of a rejection (docs/problems.md).</summary>
static class Refusals
{
    public const string CancelRequested = "cancel-requested";
    public const string OrderApproved = "order-approved";
    public const string OrderClosed = "order-closed";
    public const string OrderOver = "order-over";

    /// <summary>What a step answers that the customer's wish stopped: as approve-order would.</summary>
    public static readonly CommandAnswer StoppedByCustomer = CommandAnswer.Refused(CancelRequested, "The customer asked to cancel.");
}

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>The external events that instances listen to.</summary>
static class WorkflowEvents
{
    /// <summary>The customer asked to cancel. A hint: whether it arrives in time does not matter, begin-order and approve-order decide.</summary>
    public const string CancelHint = "cancel-requested";

    /// <summary>An operator's decision, for the one wait that it was meant for.</summary>
    public static string Operator(string step, int attention) => $"operator-{step}-{attention}";
}

/// <summary>What an operator decided.</summary>
/// <param name="GiveUp">Skip this undo; else try at once.</param>
/// <param name="Text">The operator's words.</param>
public sealed record OperatorDecision(bool GiveUp, string Text);

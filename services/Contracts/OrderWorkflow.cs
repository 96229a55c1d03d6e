namespace MallBots.Contracts;

/// <summary>What the workflow of an order can be, as operators see it.</summary>
public enum OrderWorkflowStatus
{
    /// <summary>Fails for too long, or has failed: an operator is asked to look.</summary>
    NeedsAttention,

    /// <summary>Planned, or planned again; the runtime has still to take it.</summary>
    Scheduling,

    /// <summary>On its way.</summary>
    Running,

    /// <summary>Over, with an outcome.</summary>
    Ended,
}

/// <summary>The workflows of an order. The fields beside the runs are those of the run that matters most: one that needs attention, else the latest.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Name">Which workflow it is: CreateOrder or CancelOrder.</param>
/// <param name="Status">What it is now.</param>
/// <param name="Step">The step it is at; the one to name in <c>resume</c>.</param>
/// <param name="Reason">Why it does not go on, or why it took another way than the usual.</param>
/// <param name="Outcome">What came of it, once it is over.</param>
/// <param name="Steps">Its steps so far.</param>
/// <param name="Runs">Every run, oldest first.</param>
public sealed record OrderWorkflowResource(
    string OrderId, string Name, OrderWorkflowStatus Status, string? Step, string? Reason, string? Outcome,
    IReadOnlyList<OrderWorkflowStep> Steps, IReadOnlyList<OrderWorkflowRun> Runs);

/// <summary>One workflow instance.</summary>
/// <param name="InstanceId">Its id at the runtime.</param>
/// <param name="Name">Which workflow.</param>
/// <param name="Status">What it is now.</param>
/// <param name="Step">The step it is at.</param>
/// <param name="Undoing">True while it takes back what it did: only then is there something to give up.</param>
/// <param name="Reason">Why it does not go on, or why it took another way.</param>
/// <param name="OperatorTexts">What operators decided and wrote.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Steps">Its steps so far.</param>
/// <param name="Restarts">When it stood still and was restarted, and why, oldest first.</param>
public sealed record OrderWorkflowRun(
    string InstanceId, string Name, OrderWorkflowStatus Status, string? Step, bool Undoing, string? Reason, IReadOnlyList<string> OperatorTexts,
    string? Outcome, IReadOnlyList<OrderWorkflowStep> Steps, IReadOnlyList<OrderWorkflowRestart> Restarts);

/// <summary>A workflow instance stood still, or was gone, and was started again from the top.</summary>
/// <param name="At">When, in UTC.</param>
/// <param name="Reason">What was seen of it.</param>
public sealed record OrderWorkflowRestart(DateTimeOffset At, string Reason);

/// <summary>A step of a workflow: a command to another service, and what came of it.</summary>
/// <param name="Name">The command.</param>
/// <param name="Outcome">Its answer, or <c>givenUp</c>; null while there is none.</param>
/// <param name="Code">Code of a refusal.</param>
/// <param name="Text">The refusal in words.</param>
/// <param name="Attempts">How often it was sent.</param>
/// <param name="StartedAt">When it was begun, in UTC.</param>
/// <param name="EndedAt">When it was answered, in UTC.</param>
/// <param name="Fault">The latest fault, while it fails.</param>
public sealed record OrderWorkflowStep(
    string Name, string? Outcome, string? Code, string? Text, int Attempts, DateTime StartedAt, DateTime? EndedAt, string? Fault);

using System.Collections.Immutable;
using MallBots.Contracts;

namespace MallBots.OrderWorkflow.Domain;

/// <summary>What a run can be.</summary>
public enum RunStatus
{
    /// <summary>Planned; the runtime may or may not have it yet.</summary>
    Scheduling,

    /// <summary>The runtime has it.</summary>
    Running,

    /// <summary>It failed by a defect, and waits for an operator.</summary>
    Failed,

    /// <summary>It came to its end.</summary>
    Ended,
}

/// <summary>One workflow instance of an order.</summary>
/// <param name="InstanceId">Its id at the runtime.</param>
/// <param name="Name">Which workflow.</param>
/// <param name="Request">The customer's request to cancel that it works on; null for the workflow that creates the order.</param>
public sealed record ProcessRun(string InstanceId, string Name, long? Request)
{
    /// <summary>When it was planned, or planned again, in UTC.</summary>
    public DateTimeOffset PlannedAt { get; init; }

    /// <summary>What it is now.</summary>
    public RunStatus Status { get; init; } = RunStatus.Scheduling;

    /// <summary>True while an operator is asked to look.</summary>
    public bool NeedsAttention { get; init; }

    /// <summary>Number of the latest call for attention; 0 when there was none.</summary>
    public int Attention { get; init; }

    /// <summary>The step that it called for attention at; where it is at present the runtime knows.</summary>
    public string? Step { get; init; }

    /// <summary>True when that step takes something back.</summary>
    public bool Undoing { get; init; }

    /// <summary>Why it does not go on, or why it took another way.</summary>
    public string? Reason { get; init; }

    /// <summary>What operators wrote.</summary>
    public ImmutableList<string> OperatorTexts { get; init; } = [];

    /// <summary>What came of it.</summary>
    public string? Outcome { get; init; }

    /// <summary>Its steps, once it is over or while it is looked at.</summary>
    public ImmutableList<OrderWorkflowStep> Steps { get; init; } = [];

    /// <summary>It calls for an operator; so the runtime has it.</summary>
    public ProcessRun Calling(AttentionCalled call) => this with
    {
        Status = RunStatus.Running,
        NeedsAttention = true,
        Attention = call.Number,
        Step = call.Step,
        Undoing = call.Undoing,
        Reason = call.Reason,
    };

    /// <summary>It starts from the top; what operators wrote stays.</summary>
    public ProcessRun PlannedAgain(DateTimeOffset at) => new(InstanceId, Name, Request) { PlannedAt = at, OperatorTexts = OperatorTexts };

    /// <summary>It came to its end.</summary>
    public ProcessRun Over(RunEnded end) => this with
    {
        Status = RunStatus.Ended,
        NeedsAttention = false,
        Step = null,
        Undoing = false,
        Outcome = end.Outcome,
        Reason = end.Reason,
        Steps = end.Steps,
    };

    /// <summary>As the API shows it.</summary>
    public OrderWorkflowRun ToPublic() => new(
        InstanceId, Name,
        NeedsAttention ? OrderWorkflowStatus.NeedsAttention : Status switch
        {
            RunStatus.Scheduling => OrderWorkflowStatus.Scheduling,
            RunStatus.Ended => OrderWorkflowStatus.Ended,
            _ => OrderWorkflowStatus.Running,
        },
        Step, Undoing, Reason, OperatorTexts, Outcome, Steps);
}

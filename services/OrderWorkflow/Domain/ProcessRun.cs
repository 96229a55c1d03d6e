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

    /// <summary>It stood still, or is gone: the runtime is made to forget it, then it is planned again.</summary>
    Restarting,

    /// <summary>It failed by a defect, or stood still again and again, and waits for an operator.</summary>
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
    /// <summary>So often is a run restarted before an operator is asked, and so often again after each retry.</summary>
    public const int MostRestarts = 3;

    /// <summary>When it was planned, planned again, or last restarted, in UTC.</summary>
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

    /// <summary>Every restart, oldest first; their number tells whoever works on one whether it is still the latest.</summary>
    public ImmutableList<ProcessRestart> Restarts { get; init; } = [];

    /// <summary>How many of them an operator's retry has forgiven.</summary>
    public int RestartsForgiven { get; init; }

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

    /// <summary>False once an operator has to look.</summary>
    internal bool MayRestart => Restarts.Count - RestartsForgiven < MostRestarts;

    /// <summary>It starts from the top; what operators wrote and how often it was restarted stays.</summary>
    public ProcessRun PlannedAgain(DateTimeOffset at) => new(InstanceId, Name, Request)
    {
        PlannedAt = at,
        OperatorTexts = OperatorTexts,
        Restarts = Restarts,
        RestartsForgiven = RestartsForgiven,
    };

    /// <summary>The sweep restarts it.</summary>
    public ProcessRun Restarting(DateTimeOffset at, string reason) =>
        PlannedAgain(at) with { Status = RunStatus.Restarting, Restarts = Restarts.Add(new ProcessRestart(at, reason)) };

    /// <summary>An operator has it started again.</summary>
    public ProcessRun Retried(DateTimeOffset at, bool letGo) =>
        PlannedAgain(at) with { Status = letGo ? RunStatus.Restarting : RunStatus.Scheduling, RestartsForgiven = Restarts.Count };

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
            RunStatus.Scheduling or RunStatus.Restarting => OrderWorkflowStatus.Scheduling,
            RunStatus.Ended => OrderWorkflowStatus.Ended,
            _ => OrderWorkflowStatus.Running,
        },
        Step, Undoing, Reason, OperatorTexts, Outcome, Steps, [.. Restarts.Select(restart => new OrderWorkflowRestart(restart.At, restart.Reason))]);
}

/// <summary>A run was restarted.</summary>
/// <param name="At">When, in UTC.</param>
/// <param name="Reason">What was seen of it.</param>
public sealed record ProcessRestart(DateTimeOffset At, string Reason);

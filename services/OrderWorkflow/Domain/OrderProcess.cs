using System.Collections.Immutable;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.OrderWorkflow.Domain;

/// <summary>
/// The workflows of one order: each instance once, from the plan to the outcome (specification 3, order-workflow). A run stands here as scheduling before
/// the runtime hears of it, so a workflow starts once even if the order is seen again after the instance ended or was purged (fact W2).
/// </summary>
public sealed record OrderProcess(string OrderId, ImmutableList<ProcessRun> Runs) : IAggregate<OrderProcess>
{
    /// <summary>Processes with a run that is not over, for the sweep.</summary>
    public const string Open = "open";

    /// <summary>Processes with a run that needs an operator.</summary>
    public const string NeedAttention = "need-attention";

    /// <inheritdoc/>
    public static Topic Topic { get; } = new(Apps.OrderWorkflow, "process");

    /// <inheritdoc/>
    public IEnumerable<string> Sets =>
    [
        .. Runs.Any(run => run.Status is RunStatus.Scheduling or RunStatus.Running or RunStatus.Restarting) ? [Open] : Array.Empty<string>(),
        .. Runs.Any(run => run.NeedsAttention) ? [NeedAttention] : Array.Empty<string>(),
    ];

    /// <summary>The run that matters most to who looks: one that needs attention, else the latest.</summary>
    public ProcessRun Foremost => Runs.Find(run => run.NeedsAttention) ?? Runs[^1];

    /// <summary>The run of an instance.</summary>
    public ProcessRun? Run(string instanceId) => Runs.Find(run => run.InstanceId == instanceId);

    /// <summary>Sees that an instance has its run; whoever finds one leaves it as it is.</summary>
    public static Decision Plan(OrderProcess? process, RunPlanned plan) => process?.Run(plan.InstanceId) is null ? plan : Decision.Nothing;

    /// <summary>The runtime has it.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="restarts">How often it had been restarted when it was scheduled: who is late says nothing about the present instance (docs/models/restart.py).</param>
    public Decision Scheduled(string instanceId, int restarts) =>
        At(instanceId, restarts, RunStatus.Scheduling) is null ? Decision.Nothing : new RunScheduled(instanceId);

    /// <summary>The instance calls for an operator.</summary>
    public Decision CallForAttention(string instanceId, string step, int number, bool undoing, string reason) =>
        Run(instanceId) is { Status: RunStatus.Scheduling or RunStatus.Running } run && run.Attention != number
            ? new AttentionCalled(instanceId, step, number, undoing, reason)
            : Decision.Nothing;

    /// <summary>The instance needs no operator any more.</summary>
    public Decision GoOn(string instanceId) =>
        Run(instanceId) is { Status: RunStatus.Running, NeedsAttention: true } ? new AttentionOver(instanceId) : Decision.Nothing;

    /// <summary>The instance came to its end.</summary>
    public Decision End(string instanceId, string outcome, string? reason, ImmutableList<OrderWorkflowStep> steps) =>
        Run(instanceId) is { Status: not RunStatus.Ended } ? new RunEnded(instanceId, outcome, reason, steps) : Decision.Nothing;

    /// <summary>The runtime says that a running instance has failed by a defect: to run it again would not help.</summary>
    public Decision Fail(string instanceId, string reason) =>
        Run(instanceId)?.Status == RunStatus.Running ? new RunFailed(instanceId, reason) : Decision.Nothing;

    /// <summary>
    /// A running instance is gone from the runtime, or terminated. Somebody has wanted that, so an operator is asked; unless it was restarted before: then
    /// a sweep that was late in making the runtime forget its predecessor may have met it (docs/models/restart.py).
    /// </summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="restarts">How often it had been restarted when it was looked at.</param>
    /// <param name="reason">What was seen.</param>
    public Decision Lose(string instanceId, int restarts, string reason) => At(instanceId, restarts, RunStatus.Running) switch
    {
        null => Decision.Nothing,
        { Restarts.IsEmpty: true } => new RunFailed(instanceId, reason),
        _ => StandStill(instanceId, restarts, reason),
    };

    /// <summary>An instance does not go on, or the runtime does not let go of one that is being restarted: it is restarted, three times at most (fact W9).</summary>
    /// <inheritdoc cref="Lose"/>
    public Decision StandStill(string instanceId, int restarts, string reason) => At(instanceId, restarts, RunStatus.Running, RunStatus.Restarting) switch
    {
        null => Decision.Nothing,
        { MayRestart: true } => new RunRestarting(instanceId, reason),
        _ => new RunFailed(instanceId, $"{reason} It was restarted {ProcessRun.MostRestarts} times."),
    };

    /// <summary>The runtime has forgotten an instance that is being restarted: it is to be scheduled again.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="restarts">The number of the restart.</param>
    public Decision LetGo(string instanceId, int restarts) =>
        At(instanceId, restarts, RunStatus.Restarting) is null ? Decision.Nothing : new RunLetGo(instanceId);

    /// <summary>An operator decides about the run that needs attention. A failed one starts again, once the runtime has forgotten what it still knows of it.</summary>
    /// <param name="giveUp">Skip the undo that fails; else try again.</param>
    /// <param name="step">The step that was looked at.</param>
    /// <param name="text">The operator's words.</param>
    public Decision Resume(bool giveUp, string step, string text)
    {
        if (Runs.Find(run => run.NeedsAttention) is not { } run) return ProcessRefusals.NotWaiting.Because("No workflow of this order needs attention.");
        if (run.Step is { } at && at != step) return ProcessRefusals.NotWaiting.Because($"{run.Name} waits at {at}, not at {step}.");
        if (giveUp && !(run.Undoing && run.Status == RunStatus.Running)) return ProcessRefusals.NothingToGiveUp.Because($"{run.Name} does not undo anything; it can only be retried.");
        var decided = new OperatorDecided(run.InstanceId, giveUp, text);
        return run.Status == RunStatus.Failed ? Decision.Of(decided, new RunRetried(run.InstanceId, LetGo: true)) : decided;
    }

    /// <summary>The run of an instance, if it has one of these statuses and was restarted so often.</summary>
    ProcessRun? At(string instanceId, int restarts, params ReadOnlySpan<RunStatus> statuses) =>
        Run(instanceId) is { } run && run.Restarts.Count == restarts && statuses.Contains(run.Status) ? run : null;

    /// <inheritdoc/>
    public static OrderProcess Evolve(OrderProcess? process, Happened happened) => happened.Event switch
    {
        RunPlanned e => new OrderProcess(e.OrderId, (process?.Runs ?? []).Add(new ProcessRun(e.InstanceId, e.Name, e.Request) { PlannedAt = happened.At })),
        RunScheduled e => process!.With(e.InstanceId, run => run with { Status = RunStatus.Running }),
        AttentionCalled e => process!.With(e.InstanceId, run => run.Calling(e)),
        AttentionOver e => process!.With(e.InstanceId, run => run with { NeedsAttention = false, Step = null, Reason = null }),
        RunFailed e => process!.With(e.InstanceId, run => run with { Status = RunStatus.Failed, NeedsAttention = true, Reason = e.Reason }),
        OperatorDecided e => process!.With(e.InstanceId, run => run with { OperatorTexts = run.OperatorTexts.Add(e.Text) }),
        RunRestarting e => process!.With(e.InstanceId, run => run.Restarting(happened.At, e.Reason)),
        RunLetGo e => process!.With(e.InstanceId, run => run.PlannedAgain(happened.At)),
        RunRetried e => process!.With(e.InstanceId, run => run.Retried(happened.At, e.LetGo)),
        RunEnded e => process!.With(e.InstanceId, run => run.Over(e)),
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a process."),
    };

    /// <inheritdoc/>
    public object ToPublic(string currency) => ToResource();

    /// <summary>As the API shows it.</summary>
    public OrderWorkflowResource ToResource()
    {
        var run = Foremost.ToPublic();
        return new(OrderId, run.Name, run.Status, run.Step, run.Reason, run.Outcome, run.Steps, [.. Runs.Select(each => each.ToPublic())]);
    }

    /// <summary>The process with one run changed.</summary>
    public OrderProcess With(string instanceId, Func<ProcessRun, ProcessRun> change) =>
        this with { Runs = Runs.ConvertAll(run => run.InstanceId == instanceId ? change(run) : run) };
}

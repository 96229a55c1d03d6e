using System.Globalization;
using System.Text.Json;
using Dapr.Workflow;
using MallBots.OrderWorkflow.Domain;
using MallBots.OrderWorkflow.Workflows;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;

namespace MallBots.OrderWorkflow.Runs;

/// <summary>
/// Looks after what no event looks after: runs that stay planned, instances that stand still and are restarted (fact W9), and those that failed by a defect or
/// are gone, which then need an operator (specification 3, order-workflow). Every replica may sweep: all it does is decided by the document, and what another one
/// is doing at the same time costs a restart at worst (docs/models/restart.py).
/// </summary>
public sealed partial class RunSweep(
    Documents<OrderProcess> processes, WorkflowRuns runs, RunOptions options, OperatorsWanted wanted, RestartCounter restarts, TimeProvider clock,
    ILogger<RunSweep> log) : BackgroundService
{
    /// <summary>So many are restarted a round: where hundreds stand still because all is slow, restarts would only add to it.</summary>
    const int MostRestarts = 20;

    /// <summary>So many runs may be without an answer before the runtime counts as away, and the round is given up.</summary>
    const int MostUnanswered = 3;

    readonly Sightings sightings = new(options.SweepEvery * 2 > options.StuckAfter / 2 ? options.SweepEvery * 2 : options.StuckAfter / 2, clock);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SweepEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await Sweep(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped(log);
        }
    }

    async Task Sweep(CancellationToken cancel)
    {
        try
        {
            var found = await processes.InSet(OrderProcess.Open, cancel);
            var open = found.SelectMany(process => process.Runs, (process, run) => (process.OrderId, Run: run)).ToArray();
            sightings.KeepOnly(open.Select(each => each.Run.InstanceId).ToHashSet(StringComparer.Ordinal));
            Random.Shared.Shuffle(open); // So that none stands behind one that never answers, round for round.
            var (begun, unanswered) = (0, 0);
            foreach (var (orderId, run) in open)
            {
                try
                {
                    if (await LookAt(orderId, run, mayRestart: begun < MostRestarts, cancel)) begun++;
                }
                catch (Exception passing) when (passing is UnavailableException or BusyException && ++unanswered < MostUnanswered)
                {
                    sightings.Forget(run.InstanceId);
                    LogLater(log, passing.Message);
                }
            }
        }
        catch (Exception passing) when (passing is UnavailableException or BusyException)
        {
            sightings.ForgetAll(); // While the store or the runtime is away nothing can go on.
            LogLater(log, passing.Message);
        }
    }

    /// <summary>Looks at a run; true when it began to restart it.</summary>
    async Task<bool> LookAt(string orderId, ProcessRun run, bool mayRestart, CancellationToken cancel)
    {
        switch (run.Status)
        {
            case RunStatus.Scheduling when IsLeft(run):
                await Schedule(orderId, run, cancel);
                return false;
            case RunStatus.Restarting when IsLeft(run):
                return await Restart(orderId, run, cancel);
            case RunStatus.Running:
                return await LookAtRunning(orderId, run, mayRestart, cancel);
            default:
                return false;
        }
    }

    /// <summary>A younger one is left to whoever planned it. Only a courtesy, so clocks that differ do no harm.</summary>
    bool IsLeft(ProcessRun run) => (clock.GetUtcNow() - run.PlannedAt).Duration() >= options.SweepEvery;

    async Task<bool> LookAtRunning(string orderId, ProcessRun run, bool mayRestart, CancellationToken cancel)
    {
        var state = await runs.Look(run.InstanceId, cancel);
        switch (state)
        {
            case null or { Exists: false }:
                return await Decide(orderId, run, Lost("The runtime does not know the instance any more."), null, cancel);
            case { RuntimeStatus: WorkflowRuntimeStatus.Terminated }:
                return await Decide(orderId, run, Lost("The instance was terminated."), null, cancel);
            case { RuntimeStatus: WorkflowRuntimeStatus.Failed }:
                var reason = $"The instance failed: {state.FailureDetails?.ErrorMessage ?? "no reason is known."}";
                return await Decide(orderId, run, process => process.Fail(run.InstanceId, reason), null, cancel);
            case { RuntimeStatus: WorkflowRuntimeStatus.Suspended }: // An operator wants it so.
                sightings.Forget(run.InstanceId);
                return false;
        }

        var status = state.ReadCustomStatusAs<JsonElement?>();
        var shows = string.Create(CultureInfo.InvariantCulture, $"{run.Restarts.Count} {run.PlannedAt:O} {state.RuntimeStatus} {status}");
        var stands = sightings.StandsFor(run.InstanceId, shows);
        if (!mayRestart || stands <= options.MayStandFor(state.ReadInputAs<StartedWith>()?.Patience)) return false;
        var step = state.ReadCustomStatusAs<Progress>()?.Step;
        var stuck = $"It stood still for {stands:hh\\:mm\\:ss}{(step is null ? "" : $" at {step}")}.";
        return await Decide(orderId, run, process => process.StandStill(run.InstanceId, run.Restarts.Count, stuck), step, cancel);

        Func<OrderProcess, Decision> Lost(string reason) => process => process.Lose(run.InstanceId, run.Restarts.Count, reason);
    }

    /// <summary>Goes on with a restart; when the runtime does not let go of the instance for too long, that counts as another one.</summary>
    async Task<bool> Restart(string orderId, ProcessRun run, CancellationToken cancel)
    {
        if (await runs.CarryOutRestart(orderId, run, cancel)) return false;
        if (sightings.StandsFor(run.InstanceId, $"{run.Restarts.Count} {run.PlannedAt:O} is held") <= options.StuckAfter) return false;
        return await Decide(
            orderId, run, process => process.StandStill(run.InstanceId, run.Restarts.Count, "The runtime does not let go of the instance."), null, cancel);
    }

    /// <summary>Decides what becomes of a run that does not go on, and carries it out; true when it is restarted.</summary>
    async Task<bool> Decide(string orderId, ProcessRun run, Func<OrderProcess, Decision> decide, string? step, CancellationToken cancel)
    {
        sightings.Forget(run.InstanceId);
        var decided = await processes.Change(orderId, Command.Internal(run.InstanceId, cancel), decide);
        switch (decided.Value.Run(run.InstanceId))
        {
            case { Status: RunStatus.Restarting } again when again.Restarts.Count == run.Restarts.Count + 1:
                restarts.Count(run.Name);
                LogRestart(log, run.Name, run.InstanceId, again.Restarts[^1].Reason);
                await runs.CarryOutRestart(orderId, again, cancel);
                return true;
            case { Status: RunStatus.Failed } failed:
                wanted.Count(failed.Step ?? step ?? "");
                LogFailed(log, run.Name, run.InstanceId, failed.Reason!);
                return false;
            default: // It went on meanwhile, or somebody else has seen to it.
                return false;
        }
    }

    /// <summary>Looks first: an instance that ended while nobody wrote down that it was scheduled would run again (fact W2).</summary>
    async Task Schedule(string orderId, ProcessRun run, CancellationToken cancel)
    {
        if (await runs.Look(run.InstanceId, cancel) is { Exists: true, RuntimeStatus: not (WorkflowRuntimeStatus.Failed or WorkflowRuntimeStatus.Terminated) })
            await runs.Scheduled(orderId, run, cancel);
        else await runs.Schedule(orderId, run, cancel);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The sweep of the workflows goes on later: {Reason}")]
    static partial void LogLater(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Workflow} {InstanceId} is restarted. {Reason}")]
    static partial void LogRestart(ILogger log, string workflow, string instanceId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Workflow} {InstanceId} needs attention. {Reason}")]
    static partial void LogFailed(ILogger log, string workflow, string instanceId, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The sweep of the workflows has stopped")]
    static partial void LogStopped(ILogger log);

    /// <summary>What the sweep reads of an instance's input.</summary>
    sealed record StartedWith(Patience? Patience);
}

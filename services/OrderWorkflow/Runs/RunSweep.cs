using Dapr.Workflow;
using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.OrderWorkflow.Runs;

/// <summary>
/// Looks after what no event looks after: runs that stay planned, and instances that failed by a defect or are gone, which then need an operator
/// (specification 3, order-workflow). Every replica may sweep: all it does is decided by the document.
/// </summary>
public sealed partial class RunSweep(
    Documents<OrderProcess> processes, WorkflowRuns runs, Peers peers, IConfiguration configuration, TimeProvider clock, ILogger<RunSweep> log) : BackgroundService
{
    readonly TimeSpan every = configuration.GetValue("Workflow:SweepEvery", TimeSpan.FromSeconds(30));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(every, clock);
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
            foreach (var process in await processes.InSet(OrderProcess.Open, cancel))
                foreach (var run in process.Runs) await LookAt(process.OrderId, run, cancel);
        }
        catch (Exception passing) when (passing is UnavailableException or BusyException)
        {
            LogLater(log, passing.Message);
        }
    }

    async Task LookAt(string orderId, ProcessRun run, CancellationToken cancel)
    {
        if (run.Status == RunStatus.Scheduling && run.PlannedAt <= clock.GetUtcNow() - every) await Schedule(orderId, run, cancel); // A younger one is left to whoever planned it.
        if (run.Status != RunStatus.Running || Failure(await runs.Look(run.InstanceId, cancel)) is not { } reason) return;
        await processes.Change(orderId, Command.Internal(run.InstanceId, cancel), process => process.Fail(run.InstanceId, reason));
        LogFailed(log, run.Name, run.InstanceId, reason);
    }

    /// <summary>Looks first: an instance that ended while nobody wrote down that it was scheduled would run again (fact W2).</summary>
    async Task Schedule(string orderId, ProcessRun run, CancellationToken cancel)
    {
        var there = await runs.Look(run.InstanceId, cancel);
        if (there.Exists && Failure(there) is null) await processes.Change(orderId, Command.Internal(run.InstanceId, cancel), process => process.Scheduled(run.InstanceId));
        else if (await peers.Ask(Topics.Order, orderId, cancel) is { } order) await runs.Schedule(run, order.Value, cancel);
    }

    static string? Failure(WorkflowState state) => state switch
    {
        { Exists: false } => "The runtime does not know the instance any more.",
        { RuntimeStatus: WorkflowRuntimeStatus.Failed } => $"The instance failed: {state.FailureDetails?.ErrorMessage ?? "no reason is known."}",
        { RuntimeStatus: WorkflowRuntimeStatus.Terminated } => "The instance was terminated.",
        _ => null,
    };

    [LoggerMessage(Level = LogLevel.Information, Message = "The sweep of the workflows goes on later: {Reason}")]
    static partial void LogLater(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Workflow} {InstanceId} needs attention. {Reason}")]
    static partial void LogFailed(ILogger log, string workflow, string instanceId, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The sweep of the workflows has stopped")]
    static partial void LogStopped(ILogger log);
}

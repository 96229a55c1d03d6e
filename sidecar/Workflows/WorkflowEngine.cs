using Dapr.DurableTask.Protobuf;
using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.Workflows;

/// <summary>
/// Runs the workflow instances of one app. All that have not ended are in memory; each is in one of three states: nothing to do, a turn at a
/// worker, or a turn being stored. What a turn decided is carried out when it is stored and not before, so nothing is done that a restart would
/// not know of. One lock guards all of it; nothing waits while it is held.
/// </summary>
internal sealed partial class WorkflowEngine : IAsyncDisposable
{
    // Fact W7: how long an event waits for a worker before it is refused.
    static readonly TimeSpan PatienceForWorker = TimeSpan.FromSeconds(5);

    // How long a storage that failed is left alone.
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // Fact W9: how soon an execution that failed is tried again.
    static readonly TimeSpan PauseOfLoop = TimeSpan.FromMilliseconds(25);

    readonly string appId;
    readonly IWorkflowStorage storage;
    readonly TimeProvider clock;
    readonly Traps traps;
    readonly ILogger logger;
    readonly Timers timers;
    readonly Retention retention;
    readonly Lock gate = new();
    readonly Dictionary<string, ActiveInstance> active = new(StringComparer.Ordinal);
    readonly Workers workers = new();
    readonly Waiters waiters = new();
    readonly string tokenPrefix = Guid.NewGuid().ToString("N")[..8];
    long lastToken;
    bool answersMayBeOutOfDate;

    WorkflowEngine(string appId, IWorkflowStorage storage, WorkflowRetention retention, TimeProvider clock, ILogger logger, Traps traps)
    {
        this.appId = appId;
        this.storage = storage;
        this.clock = clock;
        this.logger = logger;
        this.traps = traps;
        timers = new Timers(clock);
        this.retention = new Retention(retention, storage, timers, clock, fault => LogStorageFault(fault, "(retention)"));
    }

    /// <summary>Number of connected workers, for the metadata API.</summary>
    public int ConnectedWorkers => workers.Count;

    /// <summary>Whether there are instances that have not ended.</summary>
    public bool HasUnfinished
    {
        get
        {
            lock (gate)
            {
                return active.Count > 0;
            }
        }
    }

    /// <summary>Starts the engine, and goes on with what was unfinished when the last one stopped.</summary>
    public static async Task<WorkflowEngine> StartAsync(
        string appId, IWorkflowStorage storage, WorkflowRetention retention, TimeProvider clock, ILogger logger, Traps traps)
    {
        var engine = new WorkflowEngine(appId, storage, retention, clock, logger, traps);
        var unfinished = await storage.LoadUnfinishedAsync();
        lock (engine.gate)
        {
            // The worker may still be busy with what the last process gave it.
            engine.answersMayBeOutOfDate = unfinished.Count > 0;
            foreach (var stored in unfinished) engine.GoOnWith(Instance.Restore(appId, stored));
        }

        await engine.retention.SweepAsync();
        return engine;
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            workers.CloseAll();
        }

        timers.Dispose();
        await storage.DisposeAsync();
    }

    /// <summary>Creates an instance; waits for a worker as long as the caller does (fact W6). Answers when it is stored.</summary>
    public async Task CreateAsync(CreateInstanceRequest request, CancellationToken cancel)
    {
        await WorkerConnected().WaitAsync(cancel);
        Task stored;
        lock (gate)
        {
            if (active.ContainsKey(request.InstanceId)) throw WorkflowRefusal.AlreadyExists(request.InstanceId);

            var started = Events.ExecutionStarted(clock.GetUtcNow(), appId, request);
            var instance = Begin(new Instance(appId, request.InstanceId), started, out var change);
            stored = storage.StoreAsync([change]);
            // Its first turn does not wait: what follows from the turn is stored after this in any case.
            BeginTurn(instance);
        }

        await StoredAsync(stored, [request.InstanceId]);
    }

    /// <summary>The instance's state; null when there is none.</summary>
    public async Task<WorkflowState?> GetAsync(string instanceId, bool withInputsAndOutputs)
    {
        while (true)
        {
            Task storing;
            lock (gate)
            {
                if (!active.TryGetValue(instanceId, out var instance)) break;
                // Nobody is told what a restart would not know of.
                if (instance.Storing is null) return instance.Instance.ToState(withInputsAndOutputs);
                storing = instance.Storing;
            }

            await storing;
        }

        var stored = await storage.LoadAsync(instanceId);
        return stored is null ? null : Instance.Restore(appId, stored).ToState(withInputsAndOutputs);
    }

    /// <summary>The instance's state once it has a status; waits for ever when there is no such instance (fact W6).</summary>
    public async Task<WorkflowState> WaitAsync(
        string instanceId, Func<OrchestrationStatus, bool> until, bool withInputsAndOutputs, CancellationToken cancel)
    {
        Waiter waiter;
        bool mayHaveEnded;
        lock (gate)
        {
            waiter = waiters.Add(instanceId, until, withInputsAndOutputs);
            mayHaveEnded = !active.TryGetValue(instanceId, out var instance);
            if (instance is { Storing: null }) waiter.Tell(instance.Instance);
        }

        try
        {
            if (mayHaveEnded && await storage.LoadAsync(instanceId) is { } stored) waiter.Tell(Instance.Restore(appId, stored));
            return await waiter.State.WaitAsync(cancel);
        }
        finally
        {
            lock (gate)
            {
                waiters.Remove(waiter);
            }
        }
    }

    public Task RaiseEventAsync(string instanceId, string name, string? input, CancellationToken cancel) =>
        SendAsync(instanceId, Events.EventRaised(clock.GetUtcNow(), name, input), cancel);

    public async Task TerminateAsync(string instanceId, string? output, bool recurse, CancellationToken cancel)
    {
        await SendAsync(instanceId, Events.Terminated(clock.GetUtcNow(), output, recurse), cancel);
        if (traps.Happens(traps.FailedTerminations)) throw WorkflowRefusal.Trap(instanceId);
    }

    public Task SuspendAsync(string instanceId, string? reason, CancellationToken cancel) =>
        SendAsync(instanceId, Events.Suspended(clock.GetUtcNow(), reason), cancel);

    public Task ResumeAsync(string instanceId, string? reason, CancellationToken cancel) =>
        SendAsync(instanceId, Events.Resumed(clock.GetUtcNow(), reason), cancel);

    /// <summary>Forgets an instance that has ended, or with force any, and with recursion its children too; answers how many were forgotten.</summary>
    public async Task<int> PurgeAsync(string instanceId, bool recursive, bool force)
    {
        var found = await FindAsync(instanceId) ?? throw WorkflowRefusal.NotFound();
        if (found.End is null && !force) throw WorkflowRefusal.NotCompleted();

        Task stored;
        lock (gate)
        {
            if (active.Remove(instanceId, out var instance)) GiveUp(instance);
            stored = storage.StoreAsync([new InstanceChange(instanceId) { IsRemoved = true }]);
        }

        await stored;
        var count = 1;
        if (!recursive) return count;
        foreach (var child in found.Children)
        {
            if (await FindAsync(child) is { } childFound && (childFound.End is not null || force)) count += await PurgeAsync(child, recursive, force);
        }

        return count;
    }

    /// <summary>The history as it is stored.</summary>
    public async Task<IReadOnlyList<HistoryEvent>> HistoryAsync(string instanceId)
    {
        var found = await FindAsync(instanceId) ?? throw WorkflowRefusal.NotFound();
        lock (gate)
        {
            return [.. found.History];
        }
    }

    /// <summary>Ids of all instances, in order, after the given one.</summary>
    public Task<IReadOnlyList<string>> ListAsync(string? after, int count) => storage.ListAsync(after, count);

    Task WorkerConnected()
    {
        lock (gate)
        {
            return workers.AnyConnected;
        }
    }

    async Task SendAsync(string instanceId, HistoryEvent happened, CancellationToken cancel)
    {
        try
        {
            await WorkerConnected().WaitAsync(PatienceForWorker, clock, cancel);
        }
        catch (TimeoutException)
        {
            throw WorkflowRefusal.NoWorker(appId, instanceId);
        }

        while (true)
        {
            Task? stored = null;
            lock (gate)
            {
                if (active.TryGetValue(instanceId, out var instance)) stored = Deliver(instance, happened);
            }

            if (stored is not null)
            {
                await stored;
                return;
            }

            var found = await storage.LoadAsync(instanceId) ?? throw WorkflowRefusal.NotFound();
            // Fact W6: what has ended takes anything, without effect. One that has not was created in this very moment.
            if (found.HasEnded) return;
        }
    }

    async Task<Instance?> FindAsync(string instanceId)
    {
        lock (gate)
        {
            if (active.TryGetValue(instanceId, out var instance)) return instance.Instance;
        }

        return await storage.LoadAsync(instanceId) is { } stored ? Instance.Restore(appId, stored) : null;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Workflow {InstanceId}: a worker's answer is out of date and is ignored.")]
    partial void LogOutOfDate(string instanceId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Workflow {InstanceId} is stalled: the worker has no code for its history.")]
    partial void LogStalled(string instanceId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Workflow {InstanceId}: its storage failed; it is loaded again.")]
    partial void LogStorageFault(Exception fault, string instanceId);
}

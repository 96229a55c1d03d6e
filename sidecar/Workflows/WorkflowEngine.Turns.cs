using Dapr.DurableTask.Protobuf;

namespace MallBots.Sidecar.Workflows;

// The work of the engine: what workers are given and what they answer.
internal sealed partial class WorkflowEngine
{
    /// <summary>A worker is there; it gets what waits for one.</summary>
    public Worker Connect()
    {
        lock (gate)
        {
            var worker = workers.Connect();
            foreach (var instance in active.Values.Where(instance => instance.Instance.IsStalled))
            {
                instance.Instance.Unstall();
                BeginTurn(instance);
            }

            return worker;
        }
    }

    /// <summary>The worker is gone: what it had is given out again.</summary>
    public void Disconnect(Worker worker)
    {
        lock (gate)
        {
            answersMayBeOutOfDate = true;
            foreach (var job in workers.Disconnect(worker))
            {
                Workers.Forget(job);
                if (!active.TryGetValue(job.InstanceId, out var instance)) continue;
                if (instance.Turn == job)
                {
                    instance.Turn = null;
                    instance.Instance.AbandonTurn();
                    BeginTurn(instance);
                }
                else if (job.Item.ActivityRequest is { } activity && instance.Activities.GetValueOrDefault(activity.TaskId) == job)
                {
                    BeginActivity(instance, instance.Instance.OpenActivities[activity.TaskId]);
                }
            }
        }
    }

    /// <summary>A worker has run an activity.</summary>
    public async Task CompleteActivityAsync(ActivityResponse response)
    {
        Task stored;
        lock (gate)
        {
            if (!active.TryGetValue(response.InstanceId, out var instance)
                || !instance.Activities.TryGetValue(response.TaskId, out var job)
                || job.Token != response.CompletionToken)
            {
                LogOutOfDate(response.InstanceId);
                return;
            }

            instance.Activities.Remove(response.TaskId);
            Workers.Forget(job);
            if (traps.LosesWakeUp()) return;
            var scheduled = instance.Instance.OpenActivities[response.TaskId];
            stored = Deliver(instance, Events.ActivityEnded(clock.GetUtcNow(), scheduled, response));
        }

        await stored;
    }

    /// <summary>A worker has run a turn.</summary>
    public async Task CompleteTurnAsync(WorkflowResponse response)
    {
        ActiveInstance? instance;
        TurnOutcome outcome;
        List<ActiveInstance> receivers = [];
        Task stored;
        lock (gate)
        {
            if (!active.TryGetValue(response.InstanceId, out instance) || instance.Turn is not { } job || job.Token != response.CompletionToken)
            {
                LogOutOfDate(response.InstanceId);
                return;
            }

            instance.Turn = null;
            Workers.Forget(job);
            if (Loops(instance))
            {
                instance.Instance.FailTurn();
                waiters.Tell(instance.Instance);
                instance.NotBefore = clock.GetUtcNow() + PauseOfLoop;
                timers.At(instance.NotBefore, () => Locked(() => BeginTurn(instance)));
                return;
            }

            var customStatusBefore = instance.Instance.CustomStatus;
            outcome = instance.Instance.CompleteTurn(response, clock.GetUtcNow());
            if (instance.Instance.IsStalled)
            {
                LogStalled(response.InstanceId);
                waiters.Tell(instance.Instance);
                return;
            }

            List<InstanceChange> changes = [ChangeOf(instance.Instance, outcome, customStatusBefore)];
            foreach (var message in outcome.Messages) Pass(message, instance, changes, receivers);
            instance.Storing = stored = storage.StoreAsync(changes);
        }

        await StoredAsync(stored, [instance.Instance.Id, .. receivers.Select(receiver => receiver.Instance.Id)]);
        lock (gate)
        {
            CarryOut(instance, outcome);
            foreach (var receiver in receivers) BeginTurn(receiver);
        }
    }

    // From here to the end of the file: called with the lock held, unless it is async.

    bool Loops(ActiveInstance instance) => !instance.Instance.TurnTerminates && (instance.IsLooping |= traps.Happens(traps.LoopingTurns));

    void CarryOut(ActiveInstance instance, TurnOutcome outcome)
    {
        instance.Storing = null;
        waiters.Tell(instance.Instance);
        // Purged by force meanwhile, or to be loaded again.
        if (instance.IsBroken || active.GetValueOrDefault(instance.Instance.Id) != instance) return;

        if (outcome.ContinuedAsNew) GiveUp(instance);
        foreach (var scheduled in outcome.Activities) BeginActivity(instance, scheduled);
        if (instance.Instance.End is not null)
        {
            active.Remove(instance.Instance.Id);
            GiveUp(instance);
            return;
        }

        foreach (var created in outcome.Timers) SetTimer(instance, created.EventId);
        BeginTurn(instance);
    }

    InstanceChange ChangeOf(Instance instance, TurnOutcome outcome, string? customStatusBefore)
    {
        if (outcome.ContinuedAsNew)
        {
            return new InstanceChange(instance.Id)
            {
                StartsAnew = true,
                CustomStatus = instance.CustomStatus,
                Inbox = [.. instance.Inbox],
                InboxPosition = instance.InboxStart,
            };
        }

        var keepUntil = instance.End is { } end ? retention.KeepUntil(end.WorkflowStatus) : null;
        var turn = new StoredTurn(
            instance.Turns,
            outcome.NewHistory,
            outcome.InboxTakenThrough,
            instance.CustomStatus,
            instance.CustomStatus != customStatusBefore,
            instance.End is not null,
            keepUntil);
        return new InstanceChange(instance.Id) { Turn = turn };
    }

    // An event of one instance for another is stored together with the turn that it came from.
    void Pass(Message message, ActiveInstance sender, List<InstanceChange> changes, List<ActiveInstance> receivers)
    {
        var there = active.GetValueOrDefault(message.InstanceId);
        if (message.Event.ExecutionStarted is { } start)
        {
            if (there is null)
            {
                receivers.Add(Begin(new Instance(appId, message.InstanceId), message.Event, out var begun));
                changes.Add(begun);
                return;
            }

            var refusal = new TaskFailureDetails
            {
                ErrorType = "AlreadyExists",
                ErrorMessage = WorkflowRefusal.AlreadyExists(message.InstanceId).Message,
                StackTrace = "",
            };
            message = new Message(sender.Instance.Id, Events.ChildRefused(clock.GetUtcNow(), appId, start.ParentInstance.TaskScheduledId, refusal));
            there = sender;
        }

        // Who has ended, or runs anew under the same id, is not concerned.
        if (there is null || (message.ExecutionId is { } run && run != there.Instance.ExecutionId)) return;
        if (Offer(there.Instance, message.Event) is not { } change) return;
        changes.Add(change);
        receivers.Add(there);
    }

    ActiveInstance Begin(Instance instance, HistoryEvent started, out InstanceChange change)
    {
        change = new InstanceChange(instance.Id) { StartsAnew = true, Inbox = [started], InboxPosition = instance.InboxStart };
        instance.Offer(started);
        return Activate(instance);
    }

    ActiveInstance Activate(Instance instance)
    {
        var activated = new ActiveInstance(instance);
        active[instance.Id] = activated;
        if (instance.Start?.ScheduledStartTimestamp is { } startAt && instance.Status == OrchestrationStatus.Pending)
        {
            activated.NotBefore = startAt.ToDateTimeOffset();
            if (activated.NotBefore > clock.GetUtcNow()) timers.At(activated.NotBefore, () => Locked(() => BeginTurn(activated)));
        }

        return activated;
    }

    void GoOnWith(Instance instance)
    {
        var activated = Activate(instance);
        foreach (var timerId in instance.OpenTimers.Keys) SetTimer(activated, timerId);
        foreach (var scheduled in instance.OpenActivities.Values) BeginActivity(activated, scheduled);
        BeginTurn(activated);
    }

    Task Deliver(ActiveInstance instance, HistoryEvent happened)
    {
        if (instance.IsBroken) throw WorkflowRefusal.Unavailable(instance.Instance.Id);
        if (Offer(instance.Instance, happened) is not { } change) return Task.CompletedTask;
        var stored = storage.StoreAsync([change]);
        BeginTurn(instance);
        return stored;
    }

    static InstanceChange? Offer(Instance instance, HistoryEvent happened)
    {
        var position = instance.InboxStart + instance.Inbox.Count;
        return instance.Offer(happened) ? new InstanceChange(instance.Id) { Inbox = [happened], InboxPosition = position } : null;
    }

    void BeginTurn(ActiveInstance instance)
    {
        if (instance.Storing is not null || instance.IsBroken || !instance.Instance.CanBeginTurn || instance.NotBefore > clock.GetUtcNow()) return;
        if (active.GetValueOrDefault(instance.Instance.Id) != instance) return;
        var request = instance.Instance.BeginTurn(clock.GetUtcNow());
        instance.Turn = new Job(instance.Instance.Id, new WorkItem { WorkflowRequest = request, CompletionToken = NextToken() });
        workers.Give(instance.Turn);
    }

    void BeginActivity(ActiveInstance instance, HistoryEvent scheduled)
    {
        var task = scheduled.TaskScheduled;
        var request = new ActivityRequest
        {
            Name = task.Name,
            Version = task.Version,
            Input = task.Input,
            WorkflowInstance = new WorkflowInstance { InstanceId = instance.Instance.Id },
            TaskId = scheduled.EventId,
            TaskExecutionId = task.TaskExecutionId,
            ParentTraceContext = task.ParentTraceContext,
        };
        var job = new Job(instance.Instance.Id, new WorkItem { ActivityRequest = request, CompletionToken = NextToken() });
        instance.Activities[scheduled.EventId] = job;
        workers.Give(job);
    }

    // In the ordinary course every work item is answered once, and carries no token, as in the recordings. As soon as an answer may come that
    // nobody waits for (a lost stream, an abandoned activity, an earlier process), every item has one, which the SDK sends back.
    string NextToken() => answersMayBeOutOfDate ? $"{tokenPrefix}-{++lastToken}" : "";

    void GiveUp(ActiveInstance instance)
    {
        if (instance.Turn is { } turn)
        {
            Workers.Forget(turn);
            answersMayBeOutOfDate = true;
        }

        foreach (var job in instance.Activities.Values)
        {
            Workers.Forget(job);
            answersMayBeOutOfDate = true;
        }

        foreach (var timer in instance.Timers.Values) timers.Cancel(timer);
        instance.Turn = null;
        instance.Activities.Clear();
        instance.Timers.Clear();
    }

    void SetTimer(ActiveInstance instance, int timerId)
    {
        // Already answered, in the same turn even.
        if (!instance.Instance.OpenTimers.TryGetValue(timerId, out var fireAt) || Events.IsNever(fireAt)) return;

        var (instanceId, run) = (instance.Instance.Id, instance.Instance.ExecutionId);
        instance.Timers[timerId] = timers.At(fireAt.ToDateTimeOffset(), () => Locked(() =>
        {
            if (active.GetValueOrDefault(instanceId) is not { IsBroken: false } there || there.Instance.ExecutionId != run) return;
            there.Timers.Remove(timerId);
            if (traps.LosesWakeUp()) return;
            Observe(Deliver(there, Events.TimerFired(clock.GetUtcNow(), timerId, fireAt)), instanceId);
        }));
    }

    void Locked(Action action)
    {
        lock (gate)
        {
            action();
        }
    }

    // What is in memory is ahead of what is stored: it is loaded again, and goes on from there.
    async Task StoredAsync(Task stored, IReadOnlyList<string> instanceIds)
    {
        try
        {
            await stored;
        }
        catch (Exception fault)
        {
            LogStorageFault(fault, string.Join(", ", instanceIds));
            lock (gate)
            {
                foreach (var id in instanceIds)
                {
                    if (!active.TryGetValue(id, out var instance)) continue;
                    instance.IsBroken = true;
                    GiveUp(instance);
                    ReloadLater(id);
                }
            }

            throw;
        }
    }

    void ReloadLater(string instanceId) => timers.At(clock.GetUtcNow() + Pause, () => Observe(ReloadAsync(instanceId), instanceId));

    async Task ReloadAsync(string instanceId)
    {
        StoredInstance? stored;
        try
        {
            stored = await storage.LoadAsync(instanceId);
        }
        catch (Exception fault)
        {
            LogStorageFault(fault, instanceId);
            ReloadLater(instanceId);
            return;
        }

        lock (gate)
        {
            active.Remove(instanceId);
            if (stored is null) return;
            var instance = Instance.Restore(appId, stored);
            // It may have been stored after all.
            if (instance.End is null) GoOnWith(instance);
            waiters.Tell(instance);
        }
    }

    async void Observe(Task task, string what)
    {
        try
        {
            await task;
        }
        catch (Exception fault)
        {
            LogStorageFault(fault, what);
        }
    }
}

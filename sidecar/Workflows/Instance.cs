using Dapr.DurableTask.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace MallBots.Sidecar.Workflows;

/// <summary>
/// One workflow instance: its history, the inbox of events that the workflow has not seen yet, and what follows from both. It knows neither
/// workers nor storage nor time: <see cref="Offer"/> takes an event in, <see cref="BeginTurn"/> makes the work item of the next turn, and
/// <see cref="CompleteTurn"/> turns the worker's answer into new history and into what must be done. Open activities, timers and children are
/// no data of their own: they are what the history has scheduled and neither history nor inbox has answered.
/// </summary>
internal sealed class Instance(string appId, string id)
{
    readonly TaskRouter router = new() { SourceAppID = appId };
    readonly List<HistoryEvent> history = [];
    readonly List<HistoryEvent> inbox = [];
    readonly Dictionary<int, HistoryEvent> openActivities = [];
    readonly Dictionary<int, Timestamp> openTimers = [];
    readonly Dictionary<int, string> openChildren = [];
    readonly List<string> children = [];

    HistoryEvent? turnStarted;
    int eventsInTurn;
    bool continued;
    bool stalled;

    /// <summary>The instance id.</summary>
    public string Id { get; } = id;

    /// <summary>How the present run was started.</summary>
    public ExecutionStartedEvent? Start { get; private set; }

    /// <summary>How it ended; null while it has not.</summary>
    public ExecutionCompletedEvent? End { get; private set; }

    /// <summary>What the workflow has set last as its custom status, JSON.</summary>
    public string? CustomStatus { get; private set; }

    public bool IsSuspended { get; private set; }

    /// <summary>Whether there is something to tell the workflow, and no turn under way.</summary>
    public bool CanBeginTurn => inbox.Count > 0 && turnStarted is null && !stalled && End is null;

    /// <summary>Whether the worker has no code for this history (a missing version or patch).</summary>
    public bool IsStalled => stalled;

    /// <summary>Position of the first event in the inbox, for the storage: positions are never used twice.</summary>
    public long InboxStart { get; private set; }

    /// <summary>Number of turns in the present history, for the storage.</summary>
    public int Turns { get; private set; }

    public IReadOnlyList<HistoryEvent> History => history;

    public IReadOnlyList<HistoryEvent> Inbox => inbox;

    /// <summary>Activities without a result, by task id: the events that scheduled them.</summary>
    public IReadOnlyDictionary<int, HistoryEvent> OpenActivities => openActivities;

    /// <summary>Timers that have not fired, by timer id.</summary>
    public IReadOnlyDictionary<int, Timestamp> OpenTimers => openTimers;

    /// <summary>Instance ids of all children that the present run has started.</summary>
    public IReadOnlyList<string> Children => children;

    /// <summary>Distinguishes this run of the id from earlier and later ones.</summary>
    public string ExecutionId => Start?.WorkflowInstance.ExecutionId ?? "";

    public OrchestrationStatus Status => this switch
    {
        { End: { } end } => end.WorkflowStatus,
        { stalled: true } => OrchestrationStatus.Stalled,
        { IsSuspended: true } => OrchestrationStatus.Suspended,
        { continued: false, history.Count: 0 } => OrchestrationStatus.Pending,
        _ => OrchestrationStatus.Running,
    };

    public Timestamp? CreatedAt { get; private set; }

    public Timestamp? UpdatedAt { get; private set; }

    /// <summary>Builds an instance from what was stored of it.</summary>
    public static Instance Restore(string appId, StoredInstance stored)
    {
        var instance = new Instance(appId, stored.Id)
        {
            CustomStatus = stored.CustomStatus,
            Turns = stored.Turns,
            InboxStart = stored.InboxStart,
        };
        foreach (var happened in stored.History) instance.Append(happened);
        foreach (var waiting in stored.Inbox) instance.Offer(waiting);
        return instance;
    }

    /// <summary>
    /// Takes an event into the inbox. False when it answers nothing that is open: a second result of an activity, a timer of an earlier run.
    /// </summary>
    public bool Offer(HistoryEvent happened)
    {
        var isExpected = happened.EventTypeCase switch
        {
            HistoryEvent.EventTypeOneofCase.TaskCompleted => openActivities.Remove(happened.TaskCompleted.TaskScheduledId),
            HistoryEvent.EventTypeOneofCase.TaskFailed => openActivities.Remove(happened.TaskFailed.TaskScheduledId),
            HistoryEvent.EventTypeOneofCase.TimerFired => openTimers.Remove(happened.TimerFired.TimerId),
            HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCompleted =>
                openChildren.Remove(happened.ChildWorkflowInstanceCompleted.TaskScheduledId),
            HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceFailed => openChildren.Remove(happened.ChildWorkflowInstanceFailed.TaskScheduledId),
            _ => true,
        };
        if (!isExpected) return false;

        // Known before its first turn, so that a status can be told.
        if (happened.ExecutionStarted is not null && Start is null) Started(happened);
        inbox.Add(happened);
        stalled = false;
        return true;
    }

    /// <summary>The work item of the next turn: the whole history, and what is new.</summary>
    public WorkflowRequest BeginTurn(DateTimeOffset now)
    {
        // Only the first turn after continue-as-new has a router here; it is so in every recording.
        turnStarted = Events.TurnStarted(now, continued ? router : null);
        eventsInTurn = inbox.Count;

        var request = new WorkflowRequest { InstanceId = Id };
        request.PastEvents.AddRange(history);
        request.NewEvents.Add(turnStarted);
        request.NewEvents.AddRange(inbox);
        return request;
    }

    /// <summary>Another worker has come, which may have the code for a stalled instance.</summary>
    public void Unstall() => stalled = false;

    /// <summary>The worker is gone: the turn will be tried again, with what has come since.</summary>
    public void AbandonTurn() => turnStarted = null;

    /// <summary>Whether the turn under way tells the workflow that it is terminated.</summary>
    public bool TurnTerminates => inbox.Take(eventsInTurn).Any(happened => happened.ExecutionTerminated is not null);

    /// <summary>What the workflow decided in the turn is dropped, but that it began stays in the history (fact W9).</summary>
    public void FailTurn()
    {
        Append(turnStarted!);
        turnStarted = null;
    }

    /// <summary>Applies what the workflow decided in the turn.</summary>
    public TurnOutcome CompleteTurn(WorkflowResponse response, DateTimeOffset now)
    {
        var outcome = new TurnOutcome { InboxTakenThrough = InboxStart + eventsInTurn };
        var completion = Completion(response);
        stalled = completion?.WorkflowStatus == OrchestrationStatus.Stalled || response.Actions.Any(action => action.WorkflowVersionNotAvailable is not null);
        if (stalled)
        {
            // No code for this history is at hand; the events stay unseen until a worker comes that has it.
            turnStarted = null;
            outcome.InboxTakenThrough = InboxStart;
            return outcome;
        }

        var firstNew = history.Count;
        var seen = TakeTurnIntoHistory(response);
        CustomStatus = response.CustomStatus;

        var terminated = seen.FirstOrDefault(happened => happened.ExecutionTerminated is not null)?.ExecutionTerminated;
        if (completion?.WorkflowStatus == OrchestrationStatus.ContinuedAsNew && terminated is null)
        {
            ContinueAsNew(completion, now);
            outcome.ContinuedAsNew = true;
            return outcome;
        }

        foreach (var action in response.Actions)
        {
            if (action.CompleteWorkflow is null) Carry(action, outcome, now);
        }

        // The SDK answers a termination only when it is the last event of the turn; one that came together with others still ends the instance.
        if (terminated is not null && completion?.WorkflowStatus is null or OrchestrationStatus.ContinuedAsNew)
        {
            completion = new CompleteWorkflowAction { WorkflowStatus = OrchestrationStatus.Terminated };
            outcome.DropWork();
        }

        if (outcome.Refusal is { } refusal)
            completion = new CompleteWorkflowAction { WorkflowStatus = OrchestrationStatus.Failed, FailureDetails = refusal };
        if (completion is not null) Complete(completion, response, terminated, outcome, now);

        outcome.NewHistory = history.GetRange(firstNew, history.Count - firstNew);
        return outcome;
    }

    /// <summary>The instance as the API tells it.</summary>
    public WorkflowState ToState(bool withInputsAndOutputs)
    {
        var state = new WorkflowState
        {
            InstanceId = Id,
            Name = Start?.Name ?? "",
            WorkflowStatus = Status,
            CreatedTimestamp = CreatedAt,
            LastUpdatedTimestamp = UpdatedAt,
        };
        if (Start?.ParentInstance is { } parent)
        {
            state.ParentInstanceId = parent.WorkflowInstance.InstanceId;
            if (parent.HasAppID) state.ParentAppId = parent.AppID;
        }

        if (!withInputsAndOutputs) return state;
        state.Input = Start?.Input;
        state.CustomStatus = CustomStatus;
        state.Output = End?.Result;
        state.FailureDetails = End?.FailureDetails;
        return state;
    }

    static CompleteWorkflowAction? Completion(WorkflowResponse response) =>
        response.Actions.FirstOrDefault(action => action.CompleteWorkflow is not null)?.CompleteWorkflow;

    List<HistoryEvent> TakeTurnIntoHistory(WorkflowResponse response)
    {
        if (response.Version is { } version) turnStarted!.WorkflowStarted.Version = version;
        Append(turnStarted!);
        turnStarted = null;
        Turns++;
        continued = false;

        var seen = inbox.GetRange(0, eventsInTurn);
        inbox.RemoveRange(0, eventsInTurn);
        InboxStart += eventsInTurn;
        foreach (var happened in seen) Append(happened);
        return seen;
    }

    void Carry(WorkflowAction action, TurnOutcome outcome, DateTimeOffset now)
    {
        switch (action.WorkflowActionTypeCase)
        {
            case WorkflowAction.WorkflowActionTypeOneofCase.ScheduleTask:
                if (GoesElsewhere(action.ScheduleTask.Router)) outcome.Refuse($"activity '{action.ScheduleTask.Name}' of another app");
                outcome.Activities.Add(ScheduleActivity(action, now));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.CreateTimer when Events.IsTime(action.CreateTimer.FireAt):
                outcome.Timers.Add(CreateTimer(action, now));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.CreateTimer:
                outcome.Refuse("a timer without a time");
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.CreateChildWorkflow:
                if (GoesElsewhere(action.CreateChildWorkflow.Router)) outcome.Refuse($"child workflow '{action.CreateChildWorkflow.Name}' of another app");
                outcome.Messages.Add(StartChild(action, now));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.TerminateWorkflow:
                var terminate = action.TerminateWorkflow;
                outcome.Messages.Add(new Message(terminate.InstanceId, Events.Terminated(now, terminate.Reason, terminate.Recurse)));
                break;
            default:
                // Fact W6 for SendEvent; the others are not in the SDK that the mall uses.
                outcome.Refuse($"action '{action.WorkflowActionTypeCase}'");
                break;
        }
    }

    bool GoesElsewhere(TaskRouter? target) => target is { HasTargetAppID: true } && target.TargetAppID != appId;

    HistoryEvent ScheduleActivity(WorkflowAction action, DateTimeOffset now)
    {
        var task = action.ScheduleTask;
        var scheduled = Events.New(now, action.Id, router);
        scheduled.TaskScheduled = new TaskScheduledEvent
        {
            Name = task.Name,
            Version = task.Version,
            Input = task.Input,
            TaskExecutionId = task.TaskExecutionId,
            ParentTraceContext = Start?.ParentTraceContext,
        };
        Append(scheduled);
        return scheduled;
    }

    HistoryEvent CreateTimer(WorkflowAction action, DateTimeOffset now)
    {
        var timer = action.CreateTimer;
        var created = Events.New(now, action.Id, router);
        created.TimerCreated = new TimerCreatedEvent { FireAt = timer.FireAt };
        if (timer.HasName) created.TimerCreated.Name = timer.Name;
        switch (timer.OriginCase)
        {
            case CreateTimerAction.OriginOneofCase.CreateTimer: created.TimerCreated.CreateTimer = timer.CreateTimer; break;
            case CreateTimerAction.OriginOneofCase.ExternalEvent: created.TimerCreated.ExternalEvent = timer.ExternalEvent; break;
            case CreateTimerAction.OriginOneofCase.ActivityRetry: created.TimerCreated.ActivityRetry = timer.ActivityRetry; break;
            case CreateTimerAction.OriginOneofCase.ChildWorkflowRetry: created.TimerCreated.ChildWorkflowRetry = timer.ChildWorkflowRetry; break;
        }

        Append(created);
        return created;
    }

    Message StartChild(WorkflowAction action, DateTimeOffset now)
    {
        var child = action.CreateChildWorkflow;
        // An id that a second try of the same turn would give again.
        if (child.InstanceId.Length == 0) child.InstanceId = $"{Id}:{action.Id:x4}";
        var created = Events.New(now, action.Id, router);
        created.ChildWorkflowInstanceCreated = new ChildWorkflowInstanceCreatedEvent
        {
            InstanceId = child.InstanceId,
            Name = child.Name,
            Version = child.Version,
            Input = child.Input,
            ParentTraceContext = Start?.ParentTraceContext,
        };
        Append(created);

        var started = Events.New(now, router: router);
        started.ExecutionStarted = new ExecutionStartedEvent
        {
            Name = child.Name,
            Input = child.Input,
            WorkflowInstance = new WorkflowInstance { InstanceId = child.InstanceId, ExecutionId = Events.NewExecutionId() },
            ParentTraceContext = Start?.ParentTraceContext,
            ParentInstance = new ParentInstanceInfo
            {
                TaskScheduledId = action.Id,
                Name = Start?.Name,
                WorkflowInstance = new WorkflowInstance { InstanceId = Id, ExecutionId = ExecutionId },
                AppID = appId,
            },
        };
        return new Message(child.InstanceId, started);
    }

    void Complete(
        CompleteWorkflowAction completion, WorkflowResponse response, ExecutionTerminatedEvent? terminated, TurnOutcome outcome, DateTimeOffset now)
    {
        var actionId = response.Actions.FirstOrDefault(action => action.CompleteWorkflow == completion)?.Id ?? -1;
        var completed = Events.New(now, actionId, router);
        completed.ExecutionCompleted = new ExecutionCompletedEvent
        {
            WorkflowStatus = completion.WorkflowStatus,
            Result = completion.Result,
            FailureDetails = completion.FailureDetails,
        };
        Append(completed);

        if (Start?.ParentInstance is { } parent)
        {
            outcome.Messages.Add(new Message(
                parent.WorkflowInstance.InstanceId, Events.ChildEnded(now, appId, parent, completion), parent.WorkflowInstance.ExecutionId));
        }

        if (terminated is { Recurse: true })
        {
            foreach (var child in openChildren.Values)
                outcome.Messages.Add(new Message(child, Events.Terminated(now, terminated.Input, recurse: true)));
        }
    }

    // The next run of the same id: an empty history, a new execution id, and whatever the outside has said and no one has heard.
    void ContinueAsNew(CompleteWorkflowAction completion, DateTimeOffset now)
    {
        var started = Events.New(now, router: router);
        started.ExecutionStarted = new ExecutionStartedEvent
        {
            Name = Start!.Name,
            Input = completion.Result,
            WorkflowInstance = new WorkflowInstance { InstanceId = Id, ExecutionId = Events.NewExecutionId() },
            ParentInstance = Start.ParentInstance,
            ParentTraceContext = Start.ParentTraceContext,
        };

        HistoryEvent[] next = [started, .. completion.CarryoverEvents, .. inbox.Where(IsFromOutside)];
        history.Clear();
        openActivities.Clear();
        openTimers.Clear();
        openChildren.Clear();
        children.Clear();
        InboxStart += inbox.Count;
        inbox.Clear();
        inbox.AddRange(next);
        Turns = 0;
        IsSuspended = false;
        continued = true;
        Started(started);
    }

    static bool IsFromOutside(HistoryEvent happened) => happened.EventTypeCase is HistoryEvent.EventTypeOneofCase.EventRaised
        or HistoryEvent.EventTypeOneofCase.ExecutionSuspended
        or HistoryEvent.EventTypeOneofCase.ExecutionResumed
        or HistoryEvent.EventTypeOneofCase.ExecutionTerminated;

    void Started(HistoryEvent happened)
    {
        Start = happened.ExecutionStarted;
        CreatedAt = happened.Timestamp;
        UpdatedAt = happened.Timestamp;
    }

    void Append(HistoryEvent happened)
    {
        history.Add(happened);
        UpdatedAt = happened.Timestamp;
        switch (happened.EventTypeCase)
        {
            case HistoryEvent.EventTypeOneofCase.ExecutionStarted: Started(happened); break;
            case HistoryEvent.EventTypeOneofCase.ExecutionCompleted: End = happened.ExecutionCompleted; break;
            case HistoryEvent.EventTypeOneofCase.ExecutionSuspended: IsSuspended = true; break;
            case HistoryEvent.EventTypeOneofCase.ExecutionResumed: IsSuspended = false; break;
            case HistoryEvent.EventTypeOneofCase.TaskScheduled: openActivities[happened.EventId] = happened; break;
            case HistoryEvent.EventTypeOneofCase.TaskCompleted: openActivities.Remove(happened.TaskCompleted.TaskScheduledId); break;
            case HistoryEvent.EventTypeOneofCase.TaskFailed: openActivities.Remove(happened.TaskFailed.TaskScheduledId); break;
            case HistoryEvent.EventTypeOneofCase.TimerCreated: openTimers[happened.EventId] = happened.TimerCreated.FireAt; break;
            case HistoryEvent.EventTypeOneofCase.TimerFired: openTimers.Remove(happened.TimerFired.TimerId); break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated:
                openChildren[happened.EventId] = happened.ChildWorkflowInstanceCreated.InstanceId;
                children.Add(happened.ChildWorkflowInstanceCreated.InstanceId);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCompleted:
                openChildren.Remove(happened.ChildWorkflowInstanceCompleted.TaskScheduledId);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceFailed:
                openChildren.Remove(happened.ChildWorkflowInstanceFailed.TaskScheduledId);
                break;
        }
    }
}

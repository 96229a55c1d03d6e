using Dapr.DurableTask.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace MallBots.Sidecar.Workflows;

/// <summary>Builds history events as the runtime writes them (fact W1): what comes from outside has the event id -1.</summary>
internal static class Events
{
    const int FromOutside = -1;
    const long FirstSecond = -62_135_596_800;
    const long LastSecond = 253_402_300_799;

    /// <summary>An event without a type, to be completed by an initializer of the caller.</summary>
    public static HistoryEvent New(DateTimeOffset now, int eventId = FromOutside, TaskRouter? router = null) =>
        new() { EventId = eventId, Timestamp = Timestamp.FromDateTimeOffset(now), Router = router };

    /// <summary>The first event of every turn; its time is the workflow's CurrentUtcDateTime.</summary>
    public static HistoryEvent TurnStarted(DateTimeOffset now, TaskRouter? router)
    {
        var started = New(now, router: router);
        started.WorkflowStarted = new WorkflowStartedEvent();
        return started;
    }

    /// <summary>A client schedules an instance.</summary>
    public static HistoryEvent ExecutionStarted(DateTimeOffset now, string appId, CreateInstanceRequest request)
    {
        var started = New(now, router: new TaskRouter { SourceAppID = appId });
        started.ExecutionStarted = new ExecutionStartedEvent
        {
            Name = request.Name,
            Input = request.Input,
            WorkflowInstance = new WorkflowInstance { InstanceId = request.InstanceId, ExecutionId = NewExecutionId() },
            ParentTraceContext = request.ParentTraceContext,
            ScheduledStartTimestamp = request.ScheduledStartTimestamp,
        };
        return started;
    }

    public static HistoryEvent EventRaised(DateTimeOffset now, string name, string? input)
    {
        var raised = New(now);
        raised.EventRaised = new EventRaisedEvent { Name = name, Input = input };
        return raised;
    }

    public static HistoryEvent Terminated(DateTimeOffset now, string? input, bool recurse)
    {
        var terminated = New(now);
        terminated.ExecutionTerminated = new ExecutionTerminatedEvent { Input = input, Recurse = recurse };
        return terminated;
    }

    public static HistoryEvent Suspended(DateTimeOffset now, string? reason)
    {
        var suspended = New(now);
        suspended.ExecutionSuspended = new ExecutionSuspendedEvent { Input = NullIfEmpty(reason) };
        return suspended;
    }

    public static HistoryEvent Resumed(DateTimeOffset now, string? reason)
    {
        var resumed = New(now);
        resumed.ExecutionResumed = new ExecutionResumedEvent { Input = NullIfEmpty(reason) };
        return resumed;
    }

    public static HistoryEvent TimerFired(DateTimeOffset now, int timerId, Timestamp fireAt)
    {
        var fired = New(now);
        fired.TimerFired = new TimerFiredEvent { TimerId = timerId, FireAt = fireAt };
        return fired;
    }

    /// <summary>What a worker answered for an activity, as the workflow is told.</summary>
    public static HistoryEvent ActivityEnded(DateTimeOffset now, HistoryEvent scheduled, ActivityResponse response)
    {
        var ended = New(now, router: scheduled.Router);
        if (response.FailureDetails is { } failure)
        {
            ended.TaskFailed = new TaskFailedEvent
            {
                TaskScheduledId = scheduled.EventId,
                TaskExecutionId = scheduled.TaskScheduled.TaskExecutionId,
                FailureDetails = failure,
            };
        }
        else
        {
            ended.TaskCompleted = new TaskCompletedEvent
            {
                TaskScheduledId = scheduled.EventId,
                TaskExecutionId = scheduled.TaskScheduled.TaskExecutionId,
                Result = response.Result,
            };
        }

        return ended;
    }

    /// <summary>How a child ended, as its parent is told.</summary>
    public static HistoryEvent ChildEnded(DateTimeOffset now, string appId, ParentInstanceInfo parent, CompleteWorkflowAction completion)
    {
        var ended = New(now, router: new TaskRouter { SourceAppID = appId, TargetAppID = parent.AppID });
        if (completion.WorkflowStatus == OrchestrationStatus.Completed)
        {
            ended.ChildWorkflowInstanceCompleted = new ChildWorkflowInstanceCompletedEvent
            {
                TaskScheduledId = parent.TaskScheduledId,
                Result = completion.Result,
            };
        }
        else
        {
            ended.ChildWorkflowInstanceFailed = new ChildWorkflowInstanceFailedEvent
            {
                TaskScheduledId = parent.TaskScheduledId,
                FailureDetails = completion.FailureDetails,
            };
        }

        return ended;
    }

    /// <summary>A child could not be started.</summary>
    public static HistoryEvent ChildRefused(DateTimeOffset now, string appId, int taskId, TaskFailureDetails failure)
    {
        var refused = New(now, router: new TaskRouter { SourceAppID = appId });
        refused.ChildWorkflowInstanceFailed = new ChildWorkflowInstanceFailedEvent { TaskScheduledId = taskId, FailureDetails = failure };
        return refused;
    }

    /// <summary>Whether a time from outside is one: within the years 1 to 9999.</summary>
    public static bool IsTime(Timestamp? time) => time is { Seconds: >= FirstSecond and <= LastSecond, Nanos: >= 0 and < 1_000_000_000 };

    /// <summary>Whether it is the time that stands for never: a wait without a time-out has a timer in the last second of the year 9999.</summary>
    public static bool IsNever(Timestamp time) => time.Seconds == LastSecond;

    /// <summary>Id of one run of an instance id; another run of the same id has another.</summary>
    public static string NewExecutionId() => Guid.NewGuid().ToString();

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

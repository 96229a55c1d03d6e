using Dapr.DurableTask.Protobuf;

namespace MallBots.Sidecar.Workflows;

/// <summary>What follows from one turn of a workflow. It is carried out only when the turn is stored.</summary>
internal sealed class TurnOutcome
{
    /// <summary>The turn's part of the history, in order.</summary>
    public IReadOnlyList<HistoryEvent> NewHistory { get; set; } = [];

    /// <summary>Position after the last event of the inbox that the turn has seen.</summary>
    public long InboxTakenThrough { get; set; }

    /// <summary>The instance begins again under its id; what was there of it is to be forgotten.</summary>
    public bool ContinuedAsNew { get; set; }

    /// <summary>Activities to run: the events that scheduled them.</summary>
    public List<HistoryEvent> Activities { get; } = [];

    /// <summary>Timers to set: the events that created them.</summary>
    public List<HistoryEvent> Timers { get; } = [];

    /// <summary>Events for other instances.</summary>
    public List<Message> Messages { get; } = [];

    /// <summary>Why the workflow fails though it did not want to: it asked for what this runtime does not do.</summary>
    public TaskFailureDetails? Refusal { get; private set; }

    /// <summary>The workflow asked for something that is not done here.</summary>
    public void Refuse(string what) => Refusal ??= new TaskFailureDetails
    {
        ErrorType = "NotSupported",
        ErrorMessage = $"The embedded sidecar does not support {what}.",
        StackTrace = "",
        IsNonRetriable = true,
    };

    /// <summary>The instance ends: what it wanted to begin is not begun.</summary>
    public void DropWork()
    {
        Activities.Clear();
        Timers.Clear();
        Messages.Clear();
    }
}

/// <summary>An event for another instance.</summary>
/// <param name="InstanceId">Whom it is for.</param>
/// <param name="Event">The event.</param>
/// <param name="ExecutionId">The run of that instance that it is for; null: whichever is there.</param>
internal sealed record Message(string InstanceId, HistoryEvent Event, string? ExecutionId = null);

using Dapr.DurableTask.Protobuf;

namespace MallBots.Sidecar.Workflows;

/// <summary>
/// Where the instances of one app are kept. Changes that are stored together are stored whole or not at all, and in the order of the calls:
/// a later call never becomes durable before an earlier one.
/// </summary>
internal interface IWorkflowStorage : IAsyncDisposable
{
    /// <summary>Stores the changes in one transaction.</summary>
    Task StoreAsync(IReadOnlyList<InstanceChange> changes);

    /// <summary>All instances that have not ended.</summary>
    Task<IReadOnlyList<StoredInstance>> LoadUnfinishedAsync();

    /// <summary>One instance; null when there is none.</summary>
    Task<StoredInstance?> LoadAsync(string instanceId);

    /// <summary>Ids of instances, in order, after the given one.</summary>
    Task<IReadOnlyList<string>> ListAsync(string? after, int count);

    /// <summary>Forgets ended instances whose time has come; answers when the next one's time comes.</summary>
    Task<DateTimeOffset?> RemoveExpiredAsync(DateTimeOffset now);
}

/// <summary>What happens to one instance in a transaction.</summary>
internal sealed record InstanceChange(string InstanceId)
{
    /// <summary>What was there under this id is forgotten first: a new run of the id, or continue-as-new.</summary>
    public bool StartsAnew { get; init; }

    /// <summary>The custom status that an instance that starts anew has from its earlier life.</summary>
    public string? CustomStatus { get; init; }

    /// <summary>The instance is forgotten.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>The turn that was completed; null when the change is only a new event in the inbox.</summary>
    public StoredTurn? Turn { get; init; }

    /// <summary>New events of the inbox; the position of the first is <see cref="InboxPosition"/>.</summary>
    public IReadOnlyList<HistoryEvent> Inbox { get; init; } = [];

    /// <summary>Position of the first event of <see cref="Inbox"/>.</summary>
    public long InboxPosition { get; init; }
}

/// <summary>A completed turn.</summary>
/// <param name="Number">1 for the first of the present history.</param>
/// <param name="Events">Its part of the history.</param>
/// <param name="InboxTakenThrough">The events of the inbox before this position are in the history now.</param>
/// <param name="CustomStatus">The custom status as of this turn.</param>
/// <param name="CustomStatusChanged">Whether it was another one before.</param>
/// <param name="HasEnded">Whether the instance has ended with it.</param>
/// <param name="KeepUntil">When an ended instance may be forgotten; null: never.</param>
internal sealed record StoredTurn(
    int Number,
    IReadOnlyList<HistoryEvent> Events,
    long InboxTakenThrough,
    string? CustomStatus,
    bool CustomStatusChanged,
    bool HasEnded,
    DateTimeOffset? KeepUntil);

/// <summary>An instance as it is stored.</summary>
internal sealed record StoredInstance(
    string Id, string? CustomStatus, int Turns, IReadOnlyList<HistoryEvent> History, IReadOnlyList<HistoryEvent> Inbox, long InboxStart)
{
    /// <summary>Whether the last thing that happened is its end.</summary>
    public bool HasEnded => History.Count > 0 && History[^1].ExecutionCompleted is not null;
}

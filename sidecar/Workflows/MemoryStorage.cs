using Dapr.DurableTask.Protobuf;
using Google.Protobuf;

namespace MallBots.Sidecar.Workflows;

/// <summary>Keeps instances as long as the process lives.</summary>
internal sealed class MemoryStorage : IWorkflowStorage
{
    readonly Lock gate = new();
    readonly Dictionary<string, Kept> instances = new(StringComparer.Ordinal);
    readonly PriorityQueue<Kept, DateTimeOffset> expiring = new();

    public Task StoreAsync(IReadOnlyList<InstanceChange> changes)
    {
        lock (gate)
        {
            foreach (var change in changes) Store(change);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<StoredInstance>> LoadUnfinishedAsync()
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<StoredInstance>>([.. instances.Values.Where(kept => !kept.HasEnded).Select(kept => kept.Snapshot())]);
        }
    }

    public Task<StoredInstance?> LoadAsync(string instanceId)
    {
        lock (gate)
        {
            return Task.FromResult(instances.TryGetValue(instanceId, out var kept) ? kept.Snapshot() : null);
        }
    }

    public Task<IReadOnlyList<string>> ListAsync(string? after, int count)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<string>>(
            [
                .. instances.Keys.Where(id => after is null || string.CompareOrdinal(id, after) > 0).Order(StringComparer.Ordinal).Take(count),
            ]);
        }
    }

    public Task<DateTimeOffset?> RemoveExpiredAsync(DateTimeOffset now)
    {
        lock (gate)
        {
            while (expiring.TryPeek(out var kept, out var due))
            {
                if (due > now) return Task.FromResult<DateTimeOffset?>(due);
                expiring.Dequeue();
                // The id may belong to a later run by now.
                if (instances.GetValueOrDefault(kept.Id) == kept) instances.Remove(kept.Id);
            }

            return Task.FromResult<DateTimeOffset?>(null);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    void Store(InstanceChange change)
    {
        if (change.IsRemoved || change.StartsAnew) instances.Remove(change.InstanceId);
        if (change.IsRemoved) return;

        if (!instances.TryGetValue(change.InstanceId, out var kept)) instances[change.InstanceId] = kept = new Kept(change.InstanceId);
        kept.Inbox.AddRange(change.Inbox);
        if (change.StartsAnew)
        {
            kept.InboxStart = change.InboxPosition;
            kept.CustomStatus = change.CustomStatus;
        }

        if (change.Turn is not { } turn) return;

        var taken = (int)(turn.InboxTakenThrough - kept.InboxStart);
        kept.Inbox.RemoveRange(0, taken);
        kept.InboxStart += taken;
        kept.History.AddRange(turn.Events);
        kept.Turns = turn.Number;
        kept.CustomStatus = turn.CustomStatus;
        kept.HasEnded = turn.HasEnded;
        if (turn.HasEnded) kept.Pack();
        if (turn.KeepUntil is { } until) expiring.Enqueue(kept, until);
    }

    sealed class Kept(string id)
    {
        // An ended instance is rarely looked at; as bytes it takes a fraction of the memory.
        byte[]? packed;

        public string Id { get; } = id;

        public List<HistoryEvent> History { get; } = [];

        public List<HistoryEvent> Inbox { get; } = [];

        public long InboxStart { get; set; }

        public int Turns { get; set; }

        public string? CustomStatus { get; set; }

        public bool HasEnded { get; set; }

        public void Pack()
        {
            packed = new GetInstanceHistoryResponse { Events = { History } }.ToByteArray();
            History.Clear();
            History.Capacity = 0;
        }

        public StoredInstance Snapshot() => new(
            Id, CustomStatus, Turns, packed is null ? [.. History] : GetInstanceHistoryResponse.Parser.ParseFrom(packed).Events, [.. Inbox], InboxStart);
    }
}

namespace MallBots.Sidecar.State;

/// <summary>`state.in-memory`: a dictionary under one lock, which is held for less than a microsecond.</summary>
internal sealed class InMemoryStateStore(TimeProvider clock) : IStateStore
{
    // Expired entries are invisible at once; their memory is given back now and then.
    const int WritesBetweenSweeps = 1024;

    readonly Lock access = new();
    readonly Dictionary<string, StateEntry> entries = new(StringComparer.Ordinal);
    int writesSinceSweep;
    bool anyExpires;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["ETAG", "TRANSACTIONAL", "TTL", "DELETE_WITH_PREFIX", "KEYS_LIKE", "ACTOR"];

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<StateEntry?> GetAsync(string key, CancellationToken cancel)
    {
        lock (access) return Task.FromResult(Current(key));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundEntry>> GetBulkAsync(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        lock (access) return Task.FromResult<IReadOnlyList<FoundEntry>>([.. keys.Select(key => new FoundEntry(key, Current(key)))]);
    }

    /// <inheritdoc/>
    public Task<StateFailure?> WriteAsync(StateWrite write, CancellationToken cancel)
    {
        lock (access) return Task.FromResult(TryWrite(write));
    }

    /// <inheritdoc/>
    public Task<StateFailure?> WriteEachAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        StateFailure? first = null;
        lock (access)
        {
            foreach (var write in writes)
            {
                if (TryWrite(write) is { } failure) first ??= failure;
            }
        }

        return Task.FromResult(first);
    }

    /// <inheritdoc/>
    public Task<StateFailure?> TransactAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        lock (access)
        {
            // A later operation sees what an earlier one did, so each is tried on the real entries, and undone when one fails.
            var undo = new Stack<(string Key, StateEntry? Before)>();
            foreach (var write in writes)
            {
                var before = Current(write.Key);
                if (TryWrite(write) is { } failure)
                {
                    foreach (var (key, entry) in undo) Put(key, entry);
                    return Task.FromResult<StateFailure?>(failure);
                }

                undo.Push((write.Key, before));
            }

            return Task.FromResult<StateFailure?>(null);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    StateEntry? Current(string key) =>
        entries.TryGetValue(key, out var entry) && (entry.ExpiresAt is null || entry.ExpiresAt > clock.GetUtcNow()) ? entry : null;

    StateFailure? TryWrite(StateWrite write)
    {
        if (ConcurrencyRule.Check(write, Current(write.Key)?.ETag) is { } failure) return failure;

        Put(write.Key, write.Value is not { } value ? null : new StateEntry(value, Guid.NewGuid().ToString(), clock.GetUtcNow() + write.Lifetime));
        if (anyExpires && ++writesSinceSweep >= WritesBetweenSweeps) Sweep();
        return null;
    }

    void Put(string key, StateEntry? entry)
    {
        if (entry is null)
        {
            entries.Remove(key);
        }
        else
        {
            entries[key] = entry;
            anyExpires |= entry.ExpiresAt is not null;
        }
    }

    void Sweep()
    {
        writesSinceSweep = 0;
        var now = clock.GetUtcNow();
        foreach (var (key, entry) in entries)
        {
            if (entry.ExpiresAt <= now) entries.Remove(key);
        }
    }
}

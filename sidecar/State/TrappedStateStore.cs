using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.State;

/// <summary>An engine that shows the real ones' defects when a test switches them on (<see cref="Traps"/>).</summary>
internal sealed class TrappedStateStore(IStateStore engine, Traps traps) : IStateStore
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities => engine.Capabilities;

    bool AnyOfWrites => traps.StateIsAway || traps.CutAnswers > 0 || traps.FalseConflicts > 0;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancel) => engine.StartAsync(cancel);

    /// <inheritdoc/>
    public Task<StateEntry?> GetAsync(string key, CancellationToken cancel) =>
        traps.StateIsAway ? throw Away() : engine.GetAsync(key, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundEntry>> GetBulkAsync(IReadOnlyList<string> keys, CancellationToken cancel) => traps.StateIsAway || traps.Happens(traps.EmptyBulkGets)
        ? Task.FromResult<IReadOnlyList<FoundEntry>>([.. keys.Select(key => new FoundEntry(key, null))])
        : engine.GetBulkAsync(keys, cancel);

    /// <inheritdoc/>
    public Task<StateFailure?> WriteAsync(StateWrite write, CancellationToken cancel) =>
        AnyOfWrites ? WithTrapsAsync(() => engine.WriteAsync(write, cancel), [write]) : engine.WriteAsync(write, cancel);

    /// <inheritdoc/>
    public Task<StateFailure?> WriteEachAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel) =>
        AnyOfWrites ? WithTrapsAsync(() => engine.WriteEachAsync(writes, cancel), writes) : engine.WriteEachAsync(writes, cancel);

    /// <inheritdoc/>
    public Task<StateFailure?> TransactAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        return AnyOfWrites ? WithTrapsAsync(TransactAsync, []) : TransactAsync();

        Task<StateFailure?> TransactAsync() => traps.TransactionsAreHalfApplied ? engine.WriteEachAsync(writes, cancel) : engine.TransactAsync(writes, cancel);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => engine.DisposeAsync();

    async Task<StateFailure?> WithTrapsAsync(Func<Task<StateFailure?>> write, IReadOnlyList<StateWrite> writes)
    {
        if (traps.StateIsAway) return writes.Any(each => each.ETag is not null) ? new StateFailure(StateFailureKind.ETagMismatch) : throw Away();
        var failure = await write();
        if (traps.Happens(traps.CutAnswers)) throw new CutAnswerException();
        return failure is null && writes.Any(each => each.ETag is not null || each.FirstWrite) && traps.Happens(traps.FalseConflicts)
            ? new StateFailure(StateFailureKind.ETagMismatch)
            : failure;
    }

    static TrapException Away() => new("The store is away");
}

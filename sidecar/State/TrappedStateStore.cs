using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.State;

/// <summary>An embedded engine that shows the real ones' defects when a test switches them on (<see cref="Traps"/>).</summary>
internal sealed class TrappedStateStore(IStateStore engine, Traps traps) : IStateStore
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities => engine.Capabilities;

    bool AnyOfWrites => traps.CutAnswers > 0 || traps.FalseConflicts > 0;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancel) => engine.StartAsync(cancel);

    /// <inheritdoc/>
    public Task<StateEntry?> GetAsync(string key, CancellationToken cancel) => engine.GetAsync(key, cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundEntry>> GetBulkAsync(IReadOnlyList<string> keys, CancellationToken cancel) => Traps.Happens(traps.EmptyBulkGets)
        ? Task.FromResult<IReadOnlyList<FoundEntry>>([.. keys.Select(key => new FoundEntry(key, null))])
        : engine.GetBulkAsync(keys, cancel);

    /// <inheritdoc/>
    public Task<StateFailure?> WriteAsync(StateWrite write, CancellationToken cancel) =>
        AnyOfWrites ? AfterAsync(engine.WriteAsync(write, cancel), [write]) : engine.WriteAsync(write, cancel);

    /// <inheritdoc/>
    public Task<StateFailure?> WriteEachAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel) =>
        AnyOfWrites ? AfterAsync(engine.WriteEachAsync(writes, cancel), writes) : engine.WriteEachAsync(writes, cancel);

    /// <inheritdoc/>
    public Task<StateFailure?> TransactAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        var outcome = traps.TransactionsAreHalfApplied ? engine.WriteEachAsync(writes, cancel) : engine.TransactAsync(writes, cancel);
        return AnyOfWrites ? AfterAsync(outcome, []) : outcome;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => engine.DisposeAsync();

    async Task<StateFailure?> AfterAsync(Task<StateFailure?> outcome, IReadOnlyList<StateWrite> writes)
    {
        var failure = await outcome;
        if (Traps.Happens(traps.CutAnswers)) throw new CutAnswerException();
        return failure is null && writes.Any(write => write.ETag is not null || write.FirstWrite) && Traps.Happens(traps.FalseConflicts)
            ? new StateFailure(StateFailureKind.ETagMismatch)
            : failure;
    }
}

namespace MallBots.Sidecar.State;

/// <summary>
/// An engine that keeps state. Keys are whole (`app||key`). What a caller can cause is a <see cref="StateFailure"/>, a value; an exception means
/// that the engine is away or broken. How a write is judged differs by engine, as recorded (facts S1, S3, S8).
/// </summary>
internal interface IStateStore : IAsyncDisposable
{
    /// <summary>What the metadata API says that it can do.</summary>
    IReadOnlyList<string> Capabilities { get; }

    /// <summary>Connects or opens; called once, before the first call.</summary>
    Task StartAsync(CancellationToken cancel);

    /// <summary>One entry; null when there is none.</summary>
    Task<StateEntry?> GetAsync(string key, CancellationToken cancel);

    /// <summary>Many entries, in the engine's order (in-memory and Redis: as asked; SQLite: missing ones last).</summary>
    Task<IReadOnlyList<FoundEntry>> GetBulkAsync(IReadOnlyList<string> keys, CancellationToken cancel);

    /// <summary>One write; null when it is done.</summary>
    Task<StateFailure?> WriteAsync(StateWrite write, CancellationToken cancel);

    /// <summary>Several writes that do not depend on each other (fact S2): the good ones are done; answers the first failure.</summary>
    Task<StateFailure?> WriteEachAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel);

    /// <summary>Several writes, all or none (but see fact S1 for Redis).</summary>
    Task<StateFailure?> TransactAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel);
}

/// <summary>What is stored under a key.</summary>
internal sealed record StateEntry(ReadOnlyMemory<byte> Value, string ETag, DateTimeOffset? ExpiresAt);

/// <summary>One answer of a bulk get; <paramref name="Entry"/> is null when the key is missing, or when it could not be read (fact S12).</summary>
internal readonly record struct FoundEntry(string Key, StateEntry? Entry, string? Error = null);

/// <summary>A save or a delete.</summary>
/// <param name="Key">The whole key.</param>
/// <param name="Value">What to save; null deletes.</param>
/// <param name="ETag">The ETag that the entry must have; null: none was given.</param>
/// <param name="FirstWrite">First-write concurrency: without an ETag the key must not exist.</param>
/// <param name="TimeToLive">When the entry ends; null: none was given; infinite: an earlier one is cleared (fact S7).</param>
/// <param name="LastWrite">Last-write concurrency was asked for, which Redis takes to ignore the ETag (fact S8).</param>
internal sealed record StateWrite(string Key, ReadOnlyMemory<byte>? Value, string? ETag, bool FirstWrite, TimeSpan? TimeToLive, bool LastWrite = false)
{
    /// <summary>How long the entry is kept by an engine that clears an earlier time to live with every save; null: for ever.</summary>
    public TimeSpan? Lifetime => TimeToLive > TimeSpan.Zero ? TimeToLive : null;
}

/// <summary>Why a write was not done.</summary>
internal sealed record StateFailure(StateFailureKind Kind, string Detail = "")
{
    /// <summary>The text as both APIs show it.</summary>
    public string Message => Kind switch
    {
        StateFailureKind.ETagMismatch => Detail.Length == 0 ? "possible etag mismatch. error from state store" : $"possible etag mismatch. error from state store: {Detail}",
        StateFailureKind.ETagInvalid => $"invalid etag value: {Detail}",
        _ => Detail,
    };
}

/// <summary>The kinds of refusals that the APIs tell apart.</summary>
internal enum StateFailureKind
{
    /// <summary>409, `Aborted`.</summary>
    ETagMismatch,

    /// <summary>400, `InvalidArgument`.</summary>
    ETagInvalid,

    /// <summary>500, `Internal`.</summary>
    Failed,
}

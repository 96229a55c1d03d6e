namespace MallBots.ServiceKit.State;

/// <summary>
/// The state store as the kit sees it: single keys with first-write ETags. That is all that every store of Dapr does alike (facts S1, S3, S11), so it
/// is all that the kit relies on.
/// </summary>
public interface IStateStore
{
    /// <summary>Reads a key.</summary>
    /// <returns>Its value and ETag; null when there is none.</returns>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<StoredValue?> Get(string key, CancellationToken cancel);

    /// <summary>Reads many keys; what looks missing has been read again singly (fact S12).</summary>
    /// <returns>The values of those that exist, by key.</returns>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<IReadOnlyDictionary<string, StoredValue>> GetMany(IReadOnlyList<string> keys, CancellationToken cancel);

    /// <summary>Reads many keys at a glance: one that is left out may be there all the same (fact S12). For whoever looks again soon.</summary>
    /// <returns>The values that were seen, by key.</returns>
    /// <exception cref="UnavailableException">The store did not answer.</exception>
    Task<IReadOnlyDictionary<string, StoredValue>> Glance(IReadOnlyList<string> keys, CancellationToken cancel) => GetMany(keys, cancel);

    /// <summary>Writes a key if it still has this ETag; with null, if it does not exist.</summary>
    /// <returns>
    /// True when it is certain that the value was saved. False says nothing: a conflict, an error, or a lost answer of a save that is carried out all
    /// the same, perhaps later (fact S11). Read the key again to know.
    /// </returns>
    Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel);

    /// <summary>Deletes a key if it still has this ETag. The answer is as that of <see cref="Save"/>.</summary>
    Task<bool> Delete(string key, string etag, CancellationToken cancel);
}

/// <summary>A value and the ETag it was read with.</summary>
public readonly record struct StoredValue(ReadOnlyMemory<byte> Value, string ETag);

/// <summary>A fault: store, sidecar, broker or another service did not answer. Nothing is known to be saved; repeating is safe.</summary>
public sealed class UnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A fault: too many conflicts on one document, or one that can hold no more command ids. Repeating later is safe.</summary>
public sealed class BusyException(string message) : Exception(message);

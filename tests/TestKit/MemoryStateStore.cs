using System.Collections.Concurrent;
using MallBots.ServiceKit.State;

namespace MallBots.TestKit;

/// <summary>A state store for tests of the kit alone: first-write ETags in memory, as every store of Dapr has them.</summary>
public class MemoryStateStore : IStateStore
{
    readonly Dictionary<string, StoredValue> values = [];
    long etags;

    /// <summary>Everything that is stored, by key.</summary>
    public IReadOnlyDictionary<string, StoredValue> Values { get { lock (values) return new Dictionary<string, StoredValue>(values); } }

    public virtual Task<StoredValue?> Get(string key, CancellationToken cancel)
    {
        lock (values) return Task.FromResult(values.TryGetValue(key, out var value) ? value : (StoredValue?)null);
    }

    public virtual async Task<IReadOnlyDictionary<string, StoredValue>> GetMany(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        var found = new ConcurrentDictionary<string, StoredValue>();
        foreach (var key in keys)
            if (await Get(key, cancel) is { } value) found[key] = value;
        return found;
    }

    public virtual Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel)
    {
        lock (values)
        {
            var now = values.TryGetValue(key, out var stored) ? stored.ETag : null;
            if (now != etag) return Task.FromResult(false);
            values[key] = new StoredValue(value.ToArray(), $"{++etags}");
            return Task.FromResult(true);
        }
    }

    public virtual Task<bool> Delete(string key, string etag, CancellationToken cancel)
    {
        lock (values) return Task.FromResult(values.TryGetValue(key, out var stored) && stored.ETag == etag && values.Remove(key));
    }
}

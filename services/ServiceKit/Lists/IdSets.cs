using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Lists;

/// <summary>
/// Small sharded sets of ids that somebody looks for: available shopping lists, dead letters. Group-committed. A member may be out of date, so a reader
/// checks each against its document (architecture 2, lists).
/// </summary>
sealed class IdSets
{
    const int Shards = 4;
    readonly IStateStore store;
    readonly Batcher<Change> batcher;

    public IdSets(IStateStore store)
    {
        this.store = store;
        batcher = new Batcher<Change>(Write);
    }

    /// <summary>Puts an id in.</summary>
    public Task Add(string set, string id) => batcher.Add(new Change(set, id, true));

    /// <summary>Takes an id out.</summary>
    public Task Remove(string set, string id) => batcher.Add(new Change(set, id, false));

    /// <summary>All members of a set, in no particular order.</summary>
    public async Task<IReadOnlyList<string>> Members(string set, CancellationToken cancel)
    {
        var shards = await store.GetMany([.. Enumerable.Range(0, Shards).Select(shard => Key(set, shard))], cancel);
        return [.. shards.Values.SelectMany(shard => KitJson.Read<HashSet<string>>(shard.Value))];
    }

    async Task Write(IReadOnlyList<Change> batch) =>
        await Task.WhenAll(batch.GroupBy(change => Key(change.Set, StableHash.Of(change.Id, Shards))).Select(changes => WriteShard(changes.Key, changes)));

    async Task WriteShard(string key, IEnumerable<Change> changes)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var stored = await store.Get(key, CancellationToken.None);
            var ids = stored is { } found ? KitJson.Read<HashSet<string>>(found.Value) : [];
            var moved = false;
            foreach (var change in changes) moved |= change.Present ? ids.Add(change.Id) : ids.Remove(change.Id);
            if (!moved || await store.Save(key, KitJson.Write(ids), stored?.ETag, CancellationToken.None)) return;
        }

        throw new BusyException($"Too many conflicts on the set {key}.");
    }

    static string Key(string set, int shard) => $"set-{set}.members.{shard}";

    sealed record Change(string Set, string Id, bool Present);
}

/// <summary>A hash that is the same in every process and version (that of <see cref="object.GetHashCode"/> is not).</summary>
static class StableHash
{
    /// <summary>FNV-1a of the text, as a number below <paramref name="buckets"/>.</summary>
    public static int Of(string text, int buckets)
    {
        var hash = 2166136261u;
        foreach (var character in text) hash = (hash ^ character) * 16777619u;
        return (int)(hash % (uint)buckets);
    }
}

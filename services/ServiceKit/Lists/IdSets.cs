using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Lists;

/// <summary>
/// Small sharded sets of ids that somebody looks for: available shopping lists, dead letters. Group-committed. A member may be out of date, so a reader
/// checks each against its document (architecture 2, lists). Each is kept with the version that it was put in with, and only a version as high takes it
/// out: who looked at a document, and comes late to take it out, must not take out what has come back meanwhile.
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
    /// <param name="set">The set.</param>
    /// <param name="id">The id.</param>
    /// <param name="version">The version of its document that belongs to the set.</param>
    public Task Add(string set, string id, long version) => batcher.Add(new Change(set, id, version, true));

    /// <summary>Takes an id out, unless it was put in with a higher version.</summary>
    /// <param name="set">The set.</param>
    /// <param name="id">The id.</param>
    /// <param name="version">The version of its document that does not belong to the set.</param>
    public Task Remove(string set, string id, long version) => batcher.Add(new Change(set, id, version, false));

    /// <summary>All members of a set, in no particular order.</summary>
    public async Task<IReadOnlyList<string>> Members(string set, CancellationToken cancel) => [.. (await Versions(set, cancel)).Keys];

    /// <summary>All members of a set with the versions that they were put in with.</summary>
    public async Task<IReadOnlyDictionary<string, long>> Versions(string set, CancellationToken cancel)
    {
        var shards = await store.GetMany([.. Enumerable.Range(0, Shards).Select(shard => Key(set, shard))], cancel);
        return shards.Values.SelectMany(shard => KitJson.Read<Dictionary<string, long>>(shard.Value)).ToDictionary();
    }

    async Task Write(IReadOnlyList<Change> batch) =>
        await Task.WhenAll(batch.GroupBy(change => Key(change.Set, StableHash.Of(change.Id, Shards))).Select(changes => WriteShard(changes.Key, changes)));

    async Task WriteShard(string key, IEnumerable<Change> changes)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var stored = await store.Get(key, CancellationToken.None);
            var members = stored is { } found ? KitJson.Read<Dictionary<string, long>>(found.Value) : [];
            var moved = false;
            foreach (var change in changes) moved |= Move(members, change);
            if (!moved || await store.Save(key, KitJson.Write(members), stored?.ETag, CancellationToken.None)) return;
        }

        throw new BusyException($"Too many conflicts on the set {key}.");
    }

    static bool Move(Dictionary<string, long> members, Change change)
    {
        var known = members.TryGetValue(change.Id, out var version);
        if (known && version > change.Version) return false;
        if (!change.Present) return members.Remove(change.Id);
        members[change.Id] = change.Version;
        return !known || version < change.Version;
    }

    static string Key(string set, int shard) => $"set-{set}.members.{shard}";

    sealed record Change(string Set, string Id, long Version, bool Present);
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

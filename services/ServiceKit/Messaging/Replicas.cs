using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Messaging;

/// <summary>A copy of another service's entity.</summary>
/// <param name="Version">Version of the entity that it shows.</param>
/// <param name="Removed">True for a tombstone; a removed entity stays removed.</param>
/// <param name="Value">What of the entity is kept.</param>
public sealed record Replica<TReplica>(long Version, bool Removed, TReplica Value) where TReplica : class;

/// <summary>How sure a decision has to be of a replica.</summary>
public enum Freshness
{
    /// <summary>The copy will do; the owner is asked only for what there is no copy of.</summary>
    Copy,

    /// <summary>The owner is asked, since a refusal would follow.</summary>
    Owner,
}

/// <summary>Copies of another service's entities; each only ever moves to a newer version (specification 2, replicas).</summary>
/// <typeparam name="TReplica">What is kept of an entity.</typeparam>
public sealed class Replicas<TReplica> where TReplica : class
{
    readonly string prefix;
    readonly IStateStore store;
    readonly Func<string, CancellationToken, Task<Replica<TReplica>?>> askOwner;

    internal Replicas(Topic topic, IStateStore store, Func<string, CancellationToken, Task<Replica<TReplica>?>> askOwner) =>
        (prefix, this.store, this.askOwner) = (ReplicaKeys.Prefix(topic), store, askOwner);

    /// <summary>The copy, or the owner's answer, which is kept; null when the owner does not know the entity either.</summary>
    /// <param name="id">The entity's id.</param>
    /// <param name="freshness">Whether a copy will do.</param>
    /// <param name="cancel">Ends the waiting.</param>
    /// <exception cref="UnavailableException">Store or owner did not answer: a fault, never a reason to refuse.</exception>
    public async Task<Replica<TReplica>?> Find(string id, Freshness freshness, CancellationToken cancel)
    {
        if (freshness == Freshness.Copy && await Read(id, cancel) is { } copy) return copy;
        if (await askOwner(id, cancel) is not { } answer) return null;
        await Move(id, answer, cancel);
        return answer;
    }

    /// <summary>Moves the copy to this version, if it is newer.</summary>
    public async Task Move(string id, Replica<TReplica> to, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var stored = await store.Get(Key(id), cancel);
            if (stored is { } known && KitJson.Read<Replica<TReplica>>(known.Value).Version >= to.Version) return;
            if (await store.Save(Key(id), KitJson.Write(to), stored?.ETag, cancel)) return;
        }

        throw new BusyException($"Too many conflicts on the replica {Key(id)}.");
    }

    async Task<Replica<TReplica>?> Read(string id, CancellationToken cancel) =>
        await store.Get(Key(id), cancel) is { } stored ? KitJson.Read<Replica<TReplica>>(stored.Value) : null;

    string Key(string id) => $"{prefix}.{id}";
}

/// <summary>Where the copies stand in the store.</summary>
static class ReplicaKeys
{
    public static string Prefix(Topic topic) => $"{topic.Owner}-{topic.Resource}";

    /// <summary>The copies of these entities as they are, for whoever looks whether they are right; those that there are none of are left out.</summary>
    public static async Task<IReadOnlyList<EntityItem<JsonElement>>> Read(Topic topic, IReadOnlyList<string> ids, IStateStore store, CancellationToken cancel)
    {
        var stored = await store.GetMany([.. ids.Select(id => $"{Prefix(topic)}.{id}")], cancel);
        return
        [
            .. from id in ids
               where stored.ContainsKey($"{Prefix(topic)}.{id}")
               let replica = KitJson.Read<Replica<object>>(stored[$"{Prefix(topic)}.{id}"].Value)
               select new EntityItem<JsonElement>(topic.Resource, id, replica.Version, replica.Removed, (JsonElement)replica.Value),
        ];
    }
}

/// <summary>Decisions that rest on replicas.</summary>
public static class BeforeRefusing
{
    /// <summary>Decides on the copies; where that leads to a refusal, asks the owners and decides again, so that a late event refuses nobody.</summary>
    /// <param name="decide">The decision on what is found with this freshness.</param>
    public static async ValueTask<Decision> AskOwner(Func<Freshness, Task<Decision>> decide)
    {
        var decision = await decide(Freshness.Copy);
        return decision.Refusal is null ? decision : await decide(Freshness.Owner);
    }
}

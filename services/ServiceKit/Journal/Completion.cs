using System.Collections.Concurrent;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Journal;

/// <summary>
/// Carries out what an aggregate has announced in its state: a call to the outside such as the payment provider. After a crash it is carried out again,
/// so each call has a key of its own that makes a repetition harmless.
/// </summary>
/// <typeparam name="T">The aggregate.</typeparam>
public interface ICarrier<T> where T : class, IAggregate<T>
{
    /// <summary>True while something is announced and not settled.</summary>
    bool HasWork(T state);

    /// <summary>Makes the call and settles it by a change of the aggregate.</summary>
    /// <exception cref="UnavailableException">The other side did not answer; it is tried again later.</exception>
    Task CarryOut(string id, T state, CancellationToken cancel);
}

/// <summary>What the sweep needs of an aggregate, whatever its type.</summary>
interface IJournaled
{
    string Resource { get; }

    Task Fence(string id, CancellationToken cancel);

    Task Complete(string id, IReadOnlyList<Position> entries, CancellationToken cancel);
}

/// <summary>Brings journal entries to their end: publishes events in order, enters lists and sets, carries out effects, marks done.</summary>
sealed class Completion<T>(
    DocumentStore<T> documents, JournalWriter journal, Publisher publisher, Catalogue catalogue, IdSets sets, Func<ICarrier<T>?> carrier, CompletionQueue queue)
    : IJournaled where T : class, IAggregate<T>
{
    const int MostKnown = 20_000;
    readonly ConcurrentDictionary<string, long> known = new();
    readonly ConcurrentDictionary<string, long> published = new();
    readonly KeyedLock publishing = new();
    readonly KeyedLock carrying = new();

    public string Resource => T.Topic.Resource;

    /// <summary>Version up to which this process knows the entity's events to be completed; 0 when it does not know.</summary>
    public long Known(string id) => known.GetValueOrDefault(id);

    public bool HasWork(T state) => carrier()?.HasWork(state) ?? false;

    public Task Fence(string id, CancellationToken cancel) => documents.Fence(id, cancel);

    /// <summary>Completes in the background; what fails is left to the sweep.</summary>
    public void Enqueue(string id, IReadOnlyList<Position> entries, Change<T>? change) => queue.Post(cancel => Complete(id, entries, change, cancel), entries);

    /// <summary>Completes now, but for calls to the outside: those are made apart, so that a slow one holds up no event.</summary>
    public Task Complete(string id, IReadOnlyList<Position> entries, CancellationToken cancel) => Complete(id, entries, null, cancel);

    async Task Complete(string id, IReadOnlyList<Position> entries, Change<T>? change, CancellationToken cancel)
    {
        if (await Publish(id, change, cancel)) queue.PostCall(token => CarryOut(id, token), entries);
        else journal.Done(entries);
    }

    /// <summary>Carries out what is announced, one call after another, until nothing is left.</summary>
    public async Task CarryOut(string id, CancellationToken cancel)
    {
        if (carrier() is not { } calls) return;
        using var turn = await carrying.Enter(id, cancel);
        for (var call = 0; call < 10; call++)
        {
            var (document, _) = await documents.Load(id, cancel);
            if (document.State is not { } state || !calls.HasWork(state)) return;
            await calls.CarryOut(id, state, cancel);
        }

        throw new UnavailableException($"The {Resource} {id} still has calls to make.");
    }

    /// <summary>Publishes and lists what is not yet; true when calls to the outside are left.</summary>
    async Task<bool> Publish(string id, Change<T>? change, CancellationToken cancel)
    {
        using var turn = await publishing.Enter(id, cancel);
        // What was just saved needs no reading, if all before it is complete.
        var fresh = change is not null && Math.Max(Known(id), change.Before.CompletedThrough) == change.Before.Version;
        var document = fresh ? change!.After : (await documents.Load(id, cancel)).Document;
        if (document.State is not { } state) return false; // A fence: nothing was saved.

        var through = fresh ? change!.Before.Version : Math.Max(Known(id), document.CompletedThrough);
        var memberships = new HashSet<string>();
        var steps = fresh
            ? EventLog<T>.Steps(change!.Before.State, document.Events.Where(recorded => recorded.Version > through)).ToAsyncEnumerable()
            : documents.Since(document, through, cancel);
        await foreach (var step in steps)
        {
            if (step.Event.Version == through + 1) memberships.UnionWith(step.Before?.Sets ?? []);
            memberships.UnionWith(step.After.Sets);
            if (EventTypes<T>.PublishedName(step.Event.Type) is not { } name || step.Event.Version <= published.GetValueOrDefault(id)) continue;
            await publisher.Publish(T.Topic, id, name, step.Event, step.After, cancel);
            published[id] = step.Event.Version; // A long backlog goes on from here when the broker fails in the midst of it.
        }

        List<Task> entering = [];
        if (through == 0) entering.AddRange(state.Lists.Prepend("all").Select(list => catalogue.Add(list, id, document.ListedFrom.GetValueOrDefault(list))));
        entering.AddRange(memberships.Select(set => state.Sets.Contains(set)
            ? sets.Add(Documents<T>.SetName(set), id, document.Version)
            : sets.Remove(Documents<T>.SetName(set), id, document.Version)));
        await Task.WhenAll(entering);

        // Bounded: what is forgotten is published again with the same id at the next change.
        if (known.Count > MostKnown) known.Clear();
        known[id] = document.Version;
        published.TryRemove(id, out _);
        return HasWork(state);
    }
}

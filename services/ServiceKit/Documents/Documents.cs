using System.Collections.Immutable;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Documents;

/// <summary>
/// The documents of one aggregate. A change is: load, decide, append an entry to the journal, save with the ETag; the answer does not wait for what
/// follows from it (publish, list, carry out), which the journal guarantees (architecture 2).
/// </summary>
/// <typeparam name="T">The aggregate.</typeparam>
public sealed class Documents<T> where T : class, IAggregate<T>
{
    const int Attempts = 10;
    const int MostHandled = 2_000;
    const int MostEventBytes = 48 * 1024;
    static readonly TimeSpan Remember = TimeSpan.FromHours(24);

    readonly DocumentStore<T> documents;
    readonly JournalWriter journal;
    readonly Completion<T> completion;
    readonly Catalogue catalogue;
    readonly IdSets sets;
    readonly TimeProvider clock;
    readonly KeyedLock oneAtATime = new();

    internal Documents(
        DocumentStore<T> documents, JournalWriter journal, Completion<T> completion, Catalogue catalogue, IdSets sets, TimeProvider clock) =>
        (this.documents, this.journal, this.completion, this.catalogue, this.sets, this.clock) =
        (documents, journal, completion, catalogue, sets, clock);

    /// <summary>The refusal of an id that there is no document for: <c>&lt;resource&gt;-unknown</c>, 404.</summary>
    public static Refusal Unknown(string id) =>
        new RefusalKind($"{T.Topic.Resource}-unknown", 404, $"There is no such {T.Topic.Resource}") { RetryAfter = T.RetryAfter }
            .Because($"There is no {T.Topic.Resource} with the id {id}{(T.RetryAfter is null ? "" : ", or not yet")}.");

    /// <summary>The aggregate as it is now; refused <c>&lt;resource&gt;-unknown</c> when there is none or it was removed.</summary>
    public async Task<Outcome<T>> Get(string id, CancellationToken cancel)
    {
        var found = await Find(id, cancel);
        return found is { State: { Removed: false } state } ? new Outcome<T>(state, found.Version) : Unknown(id);
    }

    /// <summary>The aggregate as it is now, also a removed one; a null state when there never was one.</summary>
    public async Task<(T? State, long Version)> Find(string id, CancellationToken cancel)
    {
        var (document, _) = await documents.Load(id, cancel);
        return (document.State, document.Version);
    }

    /// <summary>Changes an aggregate that exists; refused <c>&lt;resource&gt;-unknown</c> when it does not.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="command">The command; a repetition of it answers as before and changes nothing.</param>
    /// <param name="decide">The rule. May run more than once, so it must not have effects.</param>
    /// <exception cref="UnavailableException">The store did not answer; nothing is known to be saved.</exception>
    /// <exception cref="BusyException">Too many conflicts.</exception>
    public Task<Outcome<T>> Change(string id, Command command, Func<T, ValueTask<Decision>> decide) =>
        Save(id, command, state => decide(state!), mustExist: true);

    /// <inheritdoc cref="Change(string, Command, Func{T, ValueTask{Decision}})"/>
    public Task<Outcome<T>> Change(string id, Command command, Func<T, Decision> decide) =>
        Save(id, command, state => new(decide(state!)), mustExist: true);

    /// <summary>Creates or changes an aggregate; the state is null when there is none yet.</summary>
    /// <inheritdoc cref="Change(string, Command, Func{T, ValueTask{Decision}})"/>
    public Task<Outcome<T>> Put(string id, Command command, Func<T?, Decision> decide) => Put(id, command, state => new ValueTask<Decision>(decide(state)));

    /// <summary>Creates or changes an aggregate; the state is null when there is none yet.</summary>
    /// <inheritdoc cref="Change(string, Command, Func{T, ValueTask{Decision}})"/>
    public Task<Outcome<T>> Put(string id, Command command, Func<T?, ValueTask<Decision>> decide) => Save(id, command, decide, mustExist: false);

    async Task<Outcome<T>> Save(string id, Command command, Func<T?, ValueTask<Decision>> decide, bool mustExist)
    {
        using var turn = await oneAtATime.Enter(id, command.Aborted);
        List<Position> open = []; // Entries of saves that may still land.
        try
        {
            string? lastETag = null;
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                if (attempt > 0) await Pause(attempt, command.Aborted);
                var (document, etag) = await documents.Load(id, command.Aborted);
                if (attempt > 0 && etag != lastETag) Settle(id, open); // A save with the old ETag must conflict from now on.

                if (Recall(document, command) is { } recalled) return recalled;
                if (document.State is null && mustExist) return Unknown(id); // Before any condition (RFC 9110, 13.2.1).
                var unmet = Unmet(document, command.IfMatch);
                if (unmet is not null && document.State is not { Removed: true }) return unmet;

                var decision = await decide(document.State);
                if (unmet is not null) return decision.Refusal ?? unmet; // What is gone says that first.
                if (decision.Events.IsEmpty)
                    return decision.Refusal is { } no ? no : new Outcome<T>(document.State, document.Version);

                var (next, needsEntry) = await Prepare(document, decision, command);
                if (needsEntry) open.Add(await journal.Append(T.Topic.Resource, id));
                lastETag = etag;
                if (!await documents.Save(next, etag)) continue;
                Settle(id, open, new Change<T>(document, next));
                return new Outcome<T>(next.State, next.Version, decision.Refusal);
            }

            throw new BusyException($"Too many conflicts on the {T.Topic.Resource} {id}.");
        }
        finally
        {
            journal.Leave(open); // The sweep fences what may still land.
        }
    }

    /// <summary>The document as it is to be saved, and whether that needs an entry in the journal first.</summary>
    async Task<(Document<T> Next, bool NeedsEntry)> Prepare(Document<T> document, Decision decision, Command command)
    {
        var now = clock.GetUtcNow();
        var completed = Math.Max(document.CompletedThrough, completion.Known(document.Id));
        var next = Remembering((await Trim(document)).Apply(decision, command, now), decision, command, now);
        var needsEntry = NeedsEntry(document, next, decision);
        // What needs no entry leaves nothing to complete.
        next = next with { CompletedThrough = !needsEntry && completed == document.Version ? next.Version : completed };
        if (completed >= next.BaseVersion) next = next with { CompletedLogs = next.Logs };
        if (document.Version == 0) next = next with { ListedFrom = await Tails(next.State!) };
        return (next, needsEntry);
    }

    /// <summary>Carries out what the aggregate has announced, if anything; returns when it is settled.</summary>
    /// <exception cref="UnavailableException">The other side did not answer; it is tried again in the background.</exception>
    public Task CarryOut(string id, CancellationToken cancel) => completion.CarryOut(id, cancel);

    /// <summary>A page of a list, newest first; removed ones are left out.</summary>
    /// <param name="list">One of the aggregate's <see cref="IAggregate{TSelf}.Lists"/>, or null for all.</param>
    /// <param name="where">Which of them to show.</param>
    /// <param name="page">Where to begin and how many.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<Contracts.Page<T>> List(string? list, Func<T, bool> where, Paging page, CancellationToken cancel)
    {
        var found = await ListAll(list, state => !state.Removed && where(state), page, cancel);
        return new([.. found.Items.Select(item => item.State)], found.Next);
    }

    /// <summary>Members of a small set that belong to it in their present state, in no particular order.</summary>
    public async Task<IReadOnlyList<T>> InSet(string set, CancellationToken cancel)
    {
        var members = await sets.Members(SetName(set), cancel);
        var found = await documents.LoadMany(members, cancel);
        var belong = found.Values.ToLookup(document => document.State!.Sets.Contains(set));
        foreach (var stale in belong[false]) _ = sets.Remove(SetName(set), stale.Id, stale.Version);
        return [.. belong[true].Select(document => document.State!)];
    }

    internal static string SetName(string set) => $"{T.Topic.Resource}-{set}";

    internal async Task<Contracts.Page<(string Id, T State, long Version)>> ListAll(string? list, Func<T, bool> where, Paging page, CancellationToken cancel)
    {
        List<(string, T, long)> items = [];
        List<(string Id, string Cursor)> block = [];
        string? last = page.Cursor, next = null;
        await foreach (var entry in catalogue.Read(list ?? "all", page.Cursor, cancel))
        {
            block.Add(entry);
            if (block.Count < page.Limit + 1) continue;
            if (await Take()) break;
        }

        if (next is null) await Take();
        return new(items, next);

        // Takes a block of ids; true when the page is full and there is more behind it.
        async Task<bool> Take()
        {
            var found = await documents.LoadMany([.. block.Select(entry => entry.Id)], cancel);
            foreach (var (id, cursor) in block)
            {
                if (!found.TryGetValue(id, out var document) || !where(document.State!)) { last = cursor; continue; }
                if (items.Count == page.Limit)
                {
                    next = last;
                    return true;
                }

                items.Add((id, document.State!, document.Version));
                last = cursor;
            }

            block.Clear();
            return false;
        }
    }

    /// <summary>What a command that was carried out before answers: the state as it is now, and the refusal that came with it.</summary>
    static Outcome<T>? Recall(Document<T> document, Command command)
    {
        if (document.Handled.FirstOrDefault(handled => handled.Id == command.Id) is { } handled)
        {
            return handled.BodyHash == command.BodyHash || handled.BodyHash == command.EarlierBodyHash
                ? new Outcome<T>(document.State, document.Version, handled.Refusal?.ToRefusal())
                : KitRefusals.KeyReused.Because("This Idempotency-Key was used for another request to the same path.");
        }

        return document.Contains(command) ? new Outcome<T>(document.State, document.Version) : null;
    }

    /// <summary>The refusal of a command whose If-Match does not hold. "*" where there is nothing yet comes with a POST to a list, which is there.</summary>
    static Refusal? Unmet(Document<T> document, VersionCondition? condition)
    {
        if (condition is null || condition.Any && document.State is null || condition.Holds(document.Version, document.State is { Removed: true })) return null;
        var present = document.State is { Removed: false } ? $"has the ETag {VersionCondition.ETag(document.Version)}" : "is not there";
        return KitRefusals.VersionMismatch.Because($"If-Match names {condition.Sent}; the {T.Topic.Resource} {present}.");
    }

    static Document<T> Remembering(Document<T> document, Decision decision, Command command, DateTimeOffset now)
    {
        if (!command.Remembered) return document;
        var kept = document.Handled.RemoveAll(handled => handled.At < now - Remember);
        if (kept.Count >= MostHandled) throw new BusyException($"The {T.Topic.Resource} {document.Id} holds {MostHandled} Idempotency-Keys of the last 24 hours.");
        return document with { Handled = kept.Add(new HandledCommand(command.Id, now, command.BodyHash, StoredRefusal.Of(decision.Refusal))) };
    }

    /// <summary>Only a command that leaves something to publish, to list or to carry out has an entry; AddItem has none.</summary>
    bool NeedsEntry(Document<T> before, Document<T> after, Decision decision) =>
        before.Version == 0
        || decision.Events.Any(happened => EventTypes<T>.PublishedName(happened.GetType().Name) is not null)
        || completion.HasWork(after.State!)
        || !(before.State?.Sets ?? []).SequenceEqual(after.State!.Sets);

    /// <summary>
    /// Moves the older half of a long document's events to a log document, also what is not published yet: however long a broker is away, no document
    /// grows without end.
    /// </summary>
    async Task<Document<T>> Trim(Document<T> document) =>
        document.Events.Count > T.MostEvents || document.Events.Count > 1 && document.EventBytes > MostEventBytes
            ? await documents.MoveOldest(document, document.Events.Count / 2, CancellationToken.None)
            : document;

    async Task<ImmutableDictionary<string, int>> Tails(T state)
    {
        var lists = state.Lists.Prepend("all").ToList();
        var tails = await Task.WhenAll(lists.Select(list => catalogue.Tail(list, CancellationToken.None)));
        return lists.Zip(tails).Where(pair => pair.Second > 0).ToImmutableDictionary(pair => pair.First, pair => pair.Second);
    }

    void Settle(string id, List<Position> entries, Change<T>? change = null)
    {
        if (entries.Count == 0) return;
        journal.Settle(entries);
        completion.Enqueue(id, [.. entries], change);
        entries.Clear();
    }

    Task Pause(int attempt, CancellationToken cancel) =>
        Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 10 << Math.Min(attempt, 5))), clock, cancel);
}

/// <summary>Where a page begins and how many items it has.</summary>
/// <param name="Limit">1 to 200.</param>
/// <param name="Cursor">Where the page before ended; null for the first.</param>
public sealed record Paging(int Limit, string? Cursor);

/// <summary>A document before and after a save.</summary>
sealed record Change<T>(Document<T> Before, Document<T> After) where T : class, IAggregate<T>;

/// <summary>Refusals that every service shares (specification 2).</summary>
static class KitRefusals
{
    public static readonly RefusalKind VersionMismatch = new("version-mismatch", 412, "The resource has another version");

    public static readonly RefusalKind KeyReused = new("idempotency-key-reused", 422, "The Idempotency-Key was used for another request");
}

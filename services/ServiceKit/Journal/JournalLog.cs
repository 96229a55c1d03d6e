using System.Security.Cryptography;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Journal;

/// <summary>How far the work that an entry stands for has come.</summary>
enum Mark
{
    /// <summary>The save may still be under way.</summary>
    Open,

    /// <summary>The save is known to have happened, or can't happen any more.</summary>
    Settled,

    /// <summary>Published, listed, carried out.</summary>
    Done,
}

/// <summary>A line of the journal: this entity may have changed.</summary>
sealed record JournalEntry(string Entry, string Resource, string Id, Mark Mark);

/// <summary>A document of a log: up to 100 entries in the order they were appended.</summary>
sealed record JournalChunk(List<JournalEntry> Entries, DateTimeOffset WrittenAt)
{
    public const int Capacity = 100;
}

/// <summary>Where a log begins and how far it got: hints that spare a search, never needed for correctness.</summary>
sealed record JournalHead(long First, long Done, long Last);

/// <summary>A log and a place in it.</summary>
readonly record struct Position(int Log, long Number)
{
    public long Chunk => Number / JournalChunk.Capacity;

    public int Index => (int)(Number % JournalChunk.Capacity);
}

/// <summary>
/// One of the 16 logs of an app's journal: documents <c>journal.&lt;log&gt;.&lt;n&gt;</c>. Appends and marks are group-committed; two replicas that
/// happen to share a log meet in its ETag and merge by entry id.
/// </summary>
sealed class JournalLog
{
    readonly int log;
    readonly IStateStore store;
    readonly TimeProvider clock;
    readonly Batcher<Change> batcher;
    readonly ITimer quiet;
    readonly Lock gate = new();
    readonly Dictionary<long, Task<Loaded>> chunks = [];
    Dictionary<Position, Mark> marks = [];
    long? tail;

    public JournalLog(int log, IStateStore store, TimeProvider clock)
    {
        (this.log, this.store, this.clock) = (log, store, clock);
        batcher = new Batcher<Change>(Write);
        quiet = clock.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string HeadKey => $"journal.{log}";

    public string ChunkKey(long chunk) => $"journal.{log}.{chunk}";

    /// <summary>Appends an entry; returns when it is saved.</summary>
    public async Task<Position> Append(string resource, string id)
    {
        var change = new Change(new JournalEntry(Convert.ToHexString(RandomNumberGenerator.GetBytes(8)), resource, id, Mark.Open));
        await batcher.Add(change);
        return new Position(log, change.Number);
    }

    /// <summary>Raises a mark. It rides on the next append; a timer saves it when there is none.</summary>
    public void Raise(Position position, Mark mark)
    {
        lock (gate)
        {
            if (marks.Count == 0) quiet.Change(TimeSpan.FromMilliseconds(150), Timeout.InfiniteTimeSpan);
            if (!marks.TryGetValue(position, out var now) || now < mark) marks[position] = mark;
        }
    }

    /// <summary>Saves the marks that wait; returns when they are saved, or given up until the next time.</summary>
    public Task Flush() => batcher.Add(new Change(null));

    /// <summary>Reads a chunk as it is stored now.</summary>
    public async Task<JournalChunk?> Read(long chunk, CancellationToken cancel) =>
        ChunkOf(await store.Get(ChunkKey(chunk), cancel));

    /// <summary>Reads the hints about the log's ends.</summary>
    public async Task<JournalHead> Head(CancellationToken cancel) =>
        HeadOf(await store.Get(HeadKey, cancel));

    /// <summary>A chunk as it is stored; null for none.</summary>
    public static JournalChunk? ChunkOf(StoredValue? stored) => stored is { } found ? KitJson.Read<JournalChunk>(found.Value) : null;

    /// <summary>The hints as they are stored; the beginning for none.</summary>
    public static JournalHead HeadOf(StoredValue? stored) => stored is { } found ? KitJson.Read<JournalHead>(found.Value) : new JournalHead(0, 0, 0);

    /// <summary>Moves the hints forward; a lost save is dropped.</summary>
    public async Task MoveHead(Func<JournalHead, JournalHead> move, CancellationToken cancel)
    {
        var stored = await store.Get(HeadKey, cancel);
        var head = HeadOf(stored);
        var moved = move(head);
        if (moved != head) await store.Save(HeadKey, KitJson.Write(moved), stored?.ETag, cancel);
    }

    /// <summary>Deletes a chunk whose entries are all done.</summary>
    public async Task Delete(long chunk, CancellationToken cancel)
    {
        if (await store.Get(ChunkKey(chunk), cancel) is { } stored) await store.Delete(ChunkKey(chunk), stored.ETag, cancel);
    }

    /// <summary>Number of the chunk that is written next; found from the hint onwards the first time.</summary>
    public async Task<long> Tail(CancellationToken cancel)
    {
        var chunk = tail ?? (await Head(cancel)).Last;
        while (await store.Get(ChunkKey(chunk + 1), cancel) is not null) chunk++;
        return chunk;
    }

    async Task Write(IReadOnlyList<Change> batch)
    {
        Dictionary<Position, Mark> raised;
        lock (gate) (raised, marks) = (marks, []);
        try
        {
            tail ??= await Tail(CancellationToken.None);
            var appends = new Queue<Change>(batch.Where(change => change.Entry is not null));
            foreach (var older in raised.Keys.Select(position => position.Chunk).Where(chunk => chunk != tail).Distinct().ToList())
                await WriteChunk(older, raised, []);
            while (await WriteChunk(tail.Value, raised, appends) == JournalChunk.Capacity)
            {
                var following = (tail = tail.Value + 1).Value;
                await MoveHead(head => head with { Last = Math.Max(head.Last, following) }, CancellationToken.None);
                if (appends.Count == 0) break;
            }
        }
        catch (UnavailableException)
        {
            foreach (var (position, mark) in raised) Raise(position, mark);
            throw;
        }
    }

    /// <summary>Saves a chunk with these marks and as many of these entries as it holds; returns how many it holds now.</summary>
    async Task<int> WriteChunk(long number, Dictionary<Position, Mark> raised, Queue<Change> appends)
    {
        var mine = raised.Where(raise => raise.Key.Chunk == number).ToList();
        for (var attempt = 0; attempt < 10; attempt++)
        {
            if (attempt > 0) chunks.Remove(number);
            var loaded = await Load(number);
            // Others append to this log too: a mark of an entry that is not known yet must not be taken for one that is there.
            if (attempt == 0 && mine.Exists(raise => raise.Key.Index >= loaded.Entries.Count)) continue;
            var entries = new List<JournalEntry>(loaded.Entries);
            foreach (var (position, mark) in mine)
                if (position.Index < entries.Count && entries[position.Index].Mark < mark) entries[position.Index] = entries[position.Index] with { Mark = mark };
            var taken = Place(number, entries, appends);
            if (taken == 0 && mine.Count == 0) return entries.Count;

            var json = KitJson.Write(new JournalChunk(entries, clock.GetUtcNow()));
            if (await store.Save(ChunkKey(number), json, loaded.ETag, CancellationToken.None))
            {
                chunks[number] = Reload(number, json, entries);
            }
            else
            {
                chunks.Remove(number);
                if (!await Holds(number, entries)) continue;
            }

            for (; taken > 0; taken--) appends.Dequeue();
            return entries.Count;
        }

        throw new BusyException($"Too many conflicts on {ChunkKey(number)}.");
    }

    /// <summary>Dapr answers a save without the new ETag: it is read while the callers of this batch go on, so that the next one need not wait for it.</summary>
    async Task<Loaded> Reload(long number, byte[] saved, List<JournalEntry> entries)
    {
        var stored = await store.Get(ChunkKey(number), CancellationToken.None) ?? throw new UnavailableException($"{ChunkKey(number)} is gone.");
        return new Loaded(stored.Value.Span.SequenceEqual(saved) ? entries : KitJson.Read<JournalChunk>(stored.Value).Entries, stored.ETag);
    }

    /// <summary>Puts waiting entries behind those that are there; one that an earlier try left there keeps its place.</summary>
    static int Place(long chunk, List<JournalEntry> entries, Queue<Change> appends)
    {
        var taken = 0;
        foreach (var change in appends)
        {
            var index = entries.FindIndex(entry => entry.Entry == change.Entry!.Entry);
            if (index < 0)
            {
                if (entries.Count == JournalChunk.Capacity) break;
                index = entries.Count;
                entries.Add(change.Entry!);
            }

            change.Number = chunk * JournalChunk.Capacity + index;
            taken++;
        }

        return taken;
    }

    /// <summary>After a save whose outcome is not known: does the chunk hold all that was to be saved?</summary>
    async Task<bool> Holds(long number, List<JournalEntry> entries)
    {
        var now = (await Load(number)).Entries;
        return now.Count >= entries.Count && entries.Zip(now).All(pair => pair.First.Entry == pair.Second.Entry && pair.Second.Mark >= pair.First.Mark);
    }

    Task<Loaded> Load(long number)
    {
        if (chunks.TryGetValue(number, out var known) && !known.IsFaulted) return known;
        foreach (var old in chunks.Keys.Where(chunk => chunk < number - 3).ToList()) chunks.Remove(old);
        return chunks[number] = Fetch();

        async Task<Loaded> Fetch() => await store.Get(ChunkKey(number), CancellationToken.None) is { } stored
            ? new Loaded(KitJson.Read<JournalChunk>(stored.Value).Entries, stored.ETag)
            : new Loaded([], null);
    }

    sealed record Loaded(List<JournalEntry> Entries, string? ETag);

    sealed record Change(JournalEntry? Entry)
    {
        /// <summary>The place it was saved at.</summary>
        public long Number { get; set; }
    }
}

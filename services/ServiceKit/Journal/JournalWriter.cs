using System.Collections.Concurrent;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Journal;

/// <summary>The app's journal: outbox and feed in one (architecture 2). A replica appends to one of its 16 logs and may sweep them all.</summary>
sealed class JournalWriter
{
    public const int Logs = 16;
    readonly IStateStore store;
    readonly JournalLog[] logs;
    readonly ConcurrentDictionary<Position, bool> inFlight = new();

    public JournalWriter(IStateStore store, KitOptions options, TimeProvider clock)
    {
        this.store = store;
        logs = [.. Enumerable.Range(0, Logs).Select(log => new JournalLog(log, store, clock))];
        Own = StableHash.Of(options.Replica, Logs);
    }

    /// <summary>Number of the log that this replica appends to.</summary>
    public int Own { get; }

    public JournalLog this[int log] => logs[log];

    /// <summary>The hints of all logs, and of each the first chunk that may have entries which are not done: two reads for all of them.</summary>
    /// <param name="doneThrough">The first chunk of each log that the caller does not know to be done.</param>
    /// <param name="certain">False for a glance: what is there may look missing.</param>
    /// <param name="cancel">Breaks it off.</param>
    public async Task<IReadOnlyList<(JournalHead Head, JournalChunk? First)>> Look(IReadOnlyList<long> doneThrough, bool certain, CancellationToken cancel)
    {
        var heads = await Read([.. logs.Select(log => log.HeadKey)]);
        var hints = logs.Select(log => JournalLog.HeadOf(heads.TryGetValue(log.HeadKey, out var head) ? head : null)).ToList();
        var keys = logs.Select((log, number) => log.ChunkKey(Math.Max(hints[number].Done, doneThrough[number]))).ToList();
        var chunks = await Read(keys);
        return [.. keys.Select((key, number) => (hints[number], JournalLog.ChunkOf(chunks.TryGetValue(key, out var chunk) ? chunk : null)))];

        Task<IReadOnlyDictionary<string, StoredValue>> Read(List<string> some) => certain ? store.GetMany(some, cancel) : store.Glance(some, cancel);
    }

    /// <summary>Appends an open entry for an entity that is about to be saved; returns when it is saved itself.</summary>
    public async Task<Position> Append(string resource, string id)
    {
        var position = await logs[Own].Append(resource, id);
        inFlight[position] = true;
        return position;
    }

    /// <summary>The saves of these entries have happened, or can't any more.</summary>
    public void Settle(IEnumerable<Position> entries)
    {
        foreach (var entry in entries) logs[entry.Log].Raise(entry, Mark.Settled);
    }

    /// <summary>All that follows from these entries is done.</summary>
    public void Done(IEnumerable<Position> entries)
    {
        foreach (var entry in entries)
        {
            logs[entry.Log].Raise(entry, Mark.Done);
            inFlight.TryRemove(entry, out _);
        }
    }

    /// <summary>This process does not work on these entries any longer: they are left to the sweep.</summary>
    public void Leave(IEnumerable<Position> entries)
    {
        foreach (var entry in entries) inFlight.TryRemove(entry, out _);
    }

    /// <summary>This process works on these entries: its sweep leaves them alone.</summary>
    public void TakeUp(IEnumerable<Position> entries)
    {
        foreach (var entry in entries) inFlight[entry] = true;
    }

    /// <summary>True while a command or completion of this process works on the entry.</summary>
    public bool IsInFlight(Position entry) => inFlight.ContainsKey(entry);

    /// <summary>Saves all marks that wait.</summary>
    public Task Flush() => Task.WhenAll(logs.Select(log => log.Flush()));
}

using System.Collections.Concurrent;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Journal;

/// <summary>The app's journal: outbox and feed in one (architecture 2). A replica appends to one of its 16 logs and may sweep them all.</summary>
sealed class JournalWriter
{
    public const int Logs = 16;
    readonly JournalLog[] logs;
    readonly ConcurrentDictionary<Position, bool> inFlight = new();

    public JournalWriter(IStateStore store, KitOptions options, TimeProvider clock)
    {
        logs = [.. Enumerable.Range(0, Logs).Select(log => new JournalLog(log, store, clock))];
        Own = StableHash.Of(options.Replica, Logs);
    }

    /// <summary>Number of the log that this replica appends to.</summary>
    public int Own { get; }

    public JournalLog this[int log] => logs[log];

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

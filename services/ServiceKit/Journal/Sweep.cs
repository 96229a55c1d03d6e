using System.Collections.Concurrent;
using MallBots.ServiceKit.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MallBots.ServiceKit.Journal;

/// <summary>What was left to the sweep since it last looked: a reason to sweep before its time, but not without a pause.</summary>
sealed class SweepSignal
{
    readonly SemaphoreSlim signal = new(0, 1);
    int left;

    /// <summary>This many entries are left to the sweep.</summary>
    public void Left(int entries)
    {
        Interlocked.Add(ref left, entries);
        lock (signal) if (signal.CurrentCount == 0) signal.Release();
    }

    /// <summary>How many were left since the last time.</summary>
    public int Take() => Interlocked.Exchange(ref left, 0);

    public Task<bool> Wait(TimeSpan atMost, CancellationToken cancel) => signal.WaitAsync(atMost, cancel);
}

/// <summary>
/// Brings entries to their end that nobody works on any longer: after a crash, or when broker or provider were away. An open entry is fenced first, so
/// that a save still under way anywhere must conflict (architecture 2; the model in docs/models/journal.py).
/// </summary>
sealed partial class Sweep(JournalWriter journal, IEnumerable<IJournaled> aggregates, SweepSignal signal, KitOptions options, TimeProvider clock, ILogger<Sweep> logger)
    : BackgroundService
{
    const int AtOnce = 8;
    const int MostFailures = 20;
    readonly Dictionary<string, IJournaled> aggregates = aggregates.ToDictionary(aggregate => aggregate.Resource);
    readonly ConcurrentDictionary<Position, long> firstSeen = new();
    readonly long[] doneThrough = new long[JournalWriter.Logs];
    int left;

    /// <summary>Entries that the last sweep could not bring to their end: a backlog that makes the service degraded.</summary>
    public int Backlog => Volatile.Read(ref left);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.Zero;
        var start = true;
        while (!stoppingToken.IsCancellationRequested)
        {
            var failed = 0;
            try
            {
                failed = await SweepAll(start, stoppingToken);
                start = false;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, fault.Message);
                LogFault(logger, fault);
                failed = 1;
            }

            // What fails, here or in the background since, is tried again after a pause that grows until it works.
            if (failed == 0) await signal.Wait(UntilNext(), stoppingToken);
            Volatile.Write(ref left, failed += signal.Take());
            pause = failed == 0 ? TimeSpan.Zero : Longer(pause);
            if (pause > TimeSpan.Zero) await Task.Delay(pause, clock, stoppingToken);
        }
    }

    /// <summary>Until the next round: entries that are still left to their writers do not wait longer than until they are due.</summary>
    TimeSpan UntilNext()
    {
        var due = firstSeen.Values.Select(seen => options.FenceAfter - clock.GetElapsedTime(seen)).DefaultIfEmpty(options.SweepEvery).Min();
        return TimeSpan.FromMilliseconds(Math.Ceiling(Math.Clamp(due.TotalMilliseconds, 0, options.SweepEvery.TotalMilliseconds)));
    }

    TimeSpan Longer(TimeSpan pause) => pause == TimeSpan.Zero ? TimeSpan.FromSeconds(0.5) : pause * 2 < options.SweepEvery ? pause * 2 : options.SweepEvery;

    /// <summary>One round over all logs; returns how many entities could not be completed.</summary>
    internal async Task<int> SweepAll(bool start, CancellationToken cancel)
    {
        var failed = 0;
        var looked = await journal.Look(doneThrough, certain: start, cancel);
        for (var log = 0; log < JournalWriter.Logs; log++)
        {
            var (head, first) = looked[log];
            if (first is not null && (first.Entries.Count == JournalChunk.Capacity || first.Entries.Exists(entry => entry.Mark != Mark.Done)))
                failed += await SweepLog(log, head, start && log == journal.Own, cancel);
            else Forget(seen => seen.Log == log);
            if (head.First < head.Done) await Expire(journal[log], head, cancel);
        }

        return failed;
    }

    async Task<int> SweepLog(int number, JournalHead head, bool fenceAtOnce, CancellationToken cancel)
    {
        var failed = 0;
        var log = journal[number];
        var done = Math.Max(head.Done, doneThrough[number]);
        var allDone = true;
        Forget(seen => seen.Log == number && seen.Chunk < done);
        // The first chunk too is read anew: what the look at all logs showed may be done since, while other logs were swept.
        for (var chunk = done; await log.Read(chunk, cancel) is { } read; chunk++)
        {
            var lines = read.Entries.Select((entry, index) => (Entry: entry, Position: new Position(number, chunk * JournalChunk.Capacity + index))).ToList();
            foreach (var line in lines.Where(line => line.Entry.Mark != Mark.Open || journal.IsInFlight(line.Position))) firstSeen.TryRemove(line.Position, out _);
            var pending = lines.Where(line => line.Entry.Mark != Mark.Done && !journal.IsInFlight(line.Position)).ToList();
            var due = pending.Where(line => line.Entry.Mark != Mark.Open || fenceAtOnce || SeenLongEnough(line.Position)).ToList();
            var entities = due.GroupBy(line => (line.Entry.Resource, line.Entry.Id));
            foreach (var some in entities.Chunk(AtOnce))
            {
                var ended = await Task.WhenAll(some.Select(lines => End(
                    lines.Key.Resource, lines.Key.Id, [.. lines.Select(line => line.Position)], lines.Any(line => line.Entry.Mark == Mark.Open), cancel)));
                failed += ended.Count(end => !end);
            }

            if (failed >= MostFailures) return failed; // Broker or store are away: what is left can wait for the next round.
            allDone &= read.Entries.Count == JournalChunk.Capacity && read.Entries.All(entry => entry.Mark == Mark.Done);
            if (allDone) doneThrough[number] = chunk + 1;
        }

        if (doneThrough[number] > head.Done) await log.MoveHead(now => now with { Done = Math.Max(now.Done, doneThrough[number]) }, cancel);
        return failed;
    }

    /// <summary>Brings the entries of an entity to their end; false when that did not work yet.</summary>
    async Task<bool> End(string resource, string id, IReadOnlyList<Position> entries, bool open, CancellationToken cancel)
    {
        journal.TakeUp(entries);
        try
        {
            if (open) await aggregates[resource].Fence(id, cancel);
            journal.Settle(entries);
            await aggregates[resource].Complete(id, entries, cancel);
            foreach (var entry in entries) firstSeen.TryRemove(entry, out _);
            return true;
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            journal.Leave(entries);
            LogLeft(logger, resource, id, fault.Message);
            LogFault(logger, fault);
            return false;
        }
    }

    /// <summary>An open entry may belong to a save that is under way: it is left alone until this process has seen it for a while, on its own clock.</summary>
    bool SeenLongEnough(Position position) =>
        clock.GetElapsedTime(firstSeen.GetOrAdd(position, _ => clock.GetTimestamp())) >= options.FenceAfter;

    /// <summary>Entries that are not open any more.</summary>
    void Forget(Func<Position, bool> which)
    {
        foreach (var seen in firstSeen.Keys.Where(which)) firstSeen.TryRemove(seen, out _);
    }

    /// <summary>Logs whose entries are all done are kept for consumers that were away, then deleted from their beginning.</summary>
    async Task Expire(JournalLog log, JournalHead head, CancellationToken cancel)
    {
        var first = head.First;
        for (; first < head.Done; first++)
        {
            if (await log.Read(first, cancel) is not { } chunk) continue; // Who deleted it ended before the head was moved.
            if (chunk.WrittenAt >= clock.GetUtcNow() - options.KeepFeed) break;
            await log.Delete(first, cancel);
        }

        if (first > head.First) await log.MoveHead(now => now with { First = Math.Max(now.First, first) }, cancel);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep failed and is tried again: {Reason}")]
    static partial void LogFailed(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The sweep could not complete {Resource} {Id} yet: {Reason}")]
    static partial void LogLeft(ILogger log, string resource, string id, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "What the sweep met")]
    static partial void LogFault(ILogger log, Exception fault);
}

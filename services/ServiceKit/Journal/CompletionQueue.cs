using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MallBots.ServiceKit.Journal;

/// <summary>
/// The work that follows a save, bounded. What fails or does not fit is left to the sweep, which finds it in the journal.
/// </summary>
sealed partial class CompletionQueue(JournalWriter journal, SweepSignal sweep, ILogger<CompletionQueue> log) : BackgroundService
{
    const int Workers = 16;
    const int MostCalls = 64;
    readonly Channel<Work> work = Channel.CreateBounded<Work>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.Wait });
    readonly SemaphoreSlim calls = new(MostCalls);
    CancellationToken stopping;

    /// <summary>Runs at once if a worker is free.</summary>
    public void Post(Func<CancellationToken, Task> run, IReadOnlyList<Position> entries)
    {
        if (!work.Writer.TryWrite(new Work(run, entries))) Leave(entries);
    }

    /// <summary>Runs a call to the outside, apart from the others: a slow provider holds up no event.</summary>
    public void PostCall(Func<CancellationToken, Task> run, IReadOnlyList<Position> entries)
    {
        if (!calls.Wait(0))
        {
            Leave(entries);
            return;
        }

        _ = Call(run, entries);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => WorkUntil(stoppingToken);

    /// <summary>Works on what is posted, until it is told to stop.</summary>
    internal Task WorkUntil(CancellationToken cancel)
    {
        stopping = cancel;
        return Task.WhenAll(Enumerable.Range(0, Workers).Select(async _ =>
        {
            while (true)
            {
                var (run, entries) = await work.Reader.ReadAsync(cancel);
                try
                {
                    await run(cancel);
                }
                catch (Exception fault)
                {
                    Failed(fault, entries);
                }
            }
        }));
    }

    async Task Call(Func<CancellationToken, Task> run, IReadOnlyList<Position> entries)
    {
        await Task.Yield(); // Nothing of it on the poster's time.
        try
        {
            await run(stopping);
            journal.Done(entries);
        }
        catch (Exception fault)
        {
            Failed(fault, entries);
        }
        finally
        {
            calls.Release();
        }
    }

    void Failed(Exception fault, IReadOnlyList<Position> entries)
    {
        if (!stopping.IsCancellationRequested)
        {
            LogLeft(log, entries.Count, fault.Message);
            LogFault(log, fault);
        }

        Leave(entries);
    }

    void Leave(IReadOnlyList<Position> entries)
    {
        journal.Leave(entries);
        sweep.Left(entries.Count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} journal entries are left to the sweep: {Reason}")]
    static partial void LogLeft(ILogger log, int count, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "What journal entries were left to the sweep for")]
    static partial void LogFault(ILogger log, Exception fault);

    sealed record Work(Func<CancellationToken, Task> Run, IReadOnlyList<Position> Entries);
}

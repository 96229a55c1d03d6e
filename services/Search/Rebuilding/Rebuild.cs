using System.Globalization;
using System.Threading.Channels;
using MallBots.Contracts;
using MallBots.Search.Database;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.Search.Rebuilding;

/// <summary>
/// Builds the read models anew from the owners' internal queries. Every rebuild has a number, which each row that is written carries: rows are written
/// again in place, so queries go on, and at the end only those that the owner does not know are dropped. A rebuild that was interrupted begins again.
/// </summary>
sealed partial class Rebuild(SearchDatabase database, RowWriter writer, Peers peers, TimeProvider clock, ILogger<Rebuild> log) : BackgroundService
{
    const int AtOnce = 100;
    static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(0.25), LongestPause = TimeSpan.FromSeconds(10);

    readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Begins a rebuild, unless one is under way or this very command began the latest.</summary>
    public async Task<RebuildProgress> Ask(Command command, CancellationToken cancel)
    {
        await writer.Write(rows => rows.Execute(
            """
            UPDATE search_state SET generation = generation + 1, entities = 0, started_at = @now, finished_at = 0, command = @command
            WHERE generation = finished AND command <> @command
            """,
            ("now", clock.GetUtcNow().UtcTicks), ("command", command.Id)));
        wake.Writer.TryWrite(true);
        return await Progress(cancel);
    }

    /// <summary>How far the latest rebuild is.</summary>
    public Task<RebuildProgress> Progress(CancellationToken cancel) => database.Read(async connection =>
    {
        await using var command = connection.Command("SELECT generation, finished, entities, started_at, finished_at FROM search_state");
        await using var state = await command.ExecuteReaderAsync(cancel);
        await state.ReadAsync(cancel);
        var (number, finished) = (state.GetInt64(0), state.GetInt64(1));
        return new RebuildProgress(
            number == 0 ? RebuildStatus.None : number > finished ? RebuildStatus.Running : RebuildStatus.Done, number, state.GetInt64(2),
            Time(state.GetInt64(3)), Time(state.GetInt64(4)));

        static DateTimeOffset? Time(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }, cancel);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        database.Broke += () => wake.Writer.TryWrite(true); // A new database is to be filled.
        var pause = ShortestPause;
        while (true)
        {
            try
            {
                if (await Progress(stoppingToken) is { Status: RebuildStatus.Running } running) await Run(running.Number, stoppingToken);
                else await wake.Reader.ReadAsync(stoppingToken);
                pause = ShortestPause;
                continue;
            }
            catch (UnavailableException away)
            {
                LogLater(log, away.Message);
            }

            await Task.Delay(pause, clock, stoppingToken);
            pause = pause < LongestPause ? pause * 2 : pause;
        }
    }

    async Task Run(long number, CancellationToken cancel)
    {
        await Read(Topics.Customer, (rows, seen) => rows.Put(seen, again: true), cancel);
        await Read(Topics.Store, (rows, seen) => rows.Put(seen, again: true), cancel);
        await Read(Topics.Product, (rows, seen) => rows.Put(seen, again: true), cancel);
        await Read(Topics.Order, (rows, seen) => rows.Put(seen, again: true), cancel);

        await Drop(Topics.Customer, "customers", "customer_id", number, (rows, seen) => rows.Put(seen, again: true), cancel);
        await Drop(Topics.Store, "stores", "store_id", number, (rows, seen) => rows.Put(seen, again: true), cancel);
        await Drop(Topics.Product, "products", "product_id", number, (rows, seen) => rows.Put(seen, again: true), cancel);
        await Drop(Topics.Order, "orders", "order_id", number, (rows, seen) => rows.Put(seen, again: true), cancel);
        await writer.Write(async rows =>
        {
            await rows.Execute("DELETE FROM order_lines WHERE order_id NOT IN (SELECT order_id FROM orders)");
            await rows.Execute(
                "UPDATE search_state SET finished = @number, finished_at = @now WHERE generation = @number", ("number", number), ("now", clock.GetUtcNow().UtcTicks));
        });
    }

    /// <summary>Writes every entity of an owner.</summary>
    async Task Read<TValue>(Topic<TValue> topic, Func<RowWriter, Seen<TValue>, Task> put, CancellationToken cancel) where TValue : class
    {
        List<Seen<TValue>> batch = [];
        await foreach (var item in peers.All(topic, cancel))
        {
            batch.Add(AsSeen(item));
            if (batch.Count == AtOnce) await Write();
        }

        await Write();

        async Task Write()
        {
            var items = batch;
            batch = [];
            await writer.Write(async rows =>
            {
                foreach (var seen in items) await put(rows, seen);
                await rows.Execute("UPDATE search_state SET entities = entities + @read", ("read", (long)items.Count));
            });
        }
    }

    /// <summary>
    /// Asks the owner for each row that the rebuild did not meet or could not write, since an entity may only be listed a little late; drops those that
    /// the owner never knew.
    /// </summary>
    async Task Drop<TValue>(Topic<TValue> topic, string table, string key, long number, Func<RowWriter, Seen<TValue>, Task> put, CancellationToken cancel)
        where TValue : class
    {
        foreach (var id in await NotMet(table, key, number, cancel))
        {
            var item = await peers.Ask(topic, id, cancel);
            await writer.Write(async rows =>
            {
                // Whatever is ahead of its owner's present answer never came from there.
                await rows.Execute($"DELETE FROM {table} WHERE {key} = @id AND version > @version", ("id", id), ("version", item?.Version ?? 0));
                if (item is not null) await put(rows, AsSeen(item));
            });
        }
    }

    Task<List<string>> NotMet(string table, string key, long number, CancellationToken cancel) => database.Read(async connection =>
    {
        await using var command = connection.Command(string.Create(CultureInfo.InvariantCulture, $"SELECT {key} FROM {table} WHERE built < {number}"));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        List<string> ids = [];
        while (await reader.ReadAsync(cancel)) ids.Add(reader.GetString(0));
        return ids;
    }, cancel);

    static Seen<TValue> AsSeen<TValue>(EntityItem<TValue> item) where TValue : class
    {
        var id = $"{item.Resource}.{item.Id}.{item.Version}";
        return new(item.Id, item.Version, item.Removed, item.Value, new SeenFrom(id, id));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The rebuild is tried again: {Reason}")]
    static partial void LogLater(ILogger log, string reason);
}

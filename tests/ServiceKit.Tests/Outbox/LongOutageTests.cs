using System.Collections.Concurrent;
using MallBots.ServiceKit.Documents;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>The event core while broker or sidecar are away for long: documents stay small, nothing is lost, and nobody is hammered.</summary>
public sealed class LongOutageTests
{
    static readonly int Commands = LongForm.Rounds(900, 10_000);

    readonly MeasuredStore store = new();
    readonly TestBroker broker = new();

    [Fact]
    public async Task However_long_the_broker_is_away_no_document_grows_over_100_KB_and_all_is_published_in_order()
    {
        await using (var process = new KitProcess(store, broker))
        {
            for (var i = 0; i < 5; i++) await process.Count("hot", $"before-{i}");
            await Eventually.True(() => Task.FromResult(broker.Published.Count == 5));
            broker.Away = true;
            for (var i = 0; i < Commands; i++) Assert.False((await process.Count("hot", $"c{i}")).IsRefused);
            for (var i = 0; i < 20; i++) await process.Count("large", $"l{i}", new string('x', 20_000));
        }

        Assert.All(store.Largest, document => Assert.True(document.Value < 100 * 1024, $"{document.Key} had {document.Value} bytes"));
        Assert.InRange(Read("hot").Logs, 2, int.MaxValue);
        Assert.InRange(Read("large").Logs, 2, int.MaxValue);

        // Whoever comes after the process that met the outage reads from the log documents what is not published.
        broker.Away = false;
        await using var next = new KitProcess(store, broker, "next");
        await Eventually.True(async () => await next.Sweep() == 0);
        Assert.Equal(Ids("hot", 5 + Commands), broker.Published.Where(id => id.StartsWith("counter.hot.", StringComparison.Ordinal)).Distinct());
        Assert.Equal(Ids("large", 20), broker.Published.Where(id => id.StartsWith("counter.large.", StringComparison.Ordinal)).Distinct());
        var rebuilt = await new Rebuild<Counter>(Read("hot"), new DocumentStore<Counter>(store)).Run(CancellationToken.None);
        Assert.Equal((true, 5 + Commands), (rebuilt.Rebuilt, rebuilt.Events.Count));

        // The next outage begins where this one ended: what is published is not read again.
        await next.Count("hot", "after");
        Assert.Equal(Read("hot").Logs, Read("hot").CompletedLogs);
    }

    [Fact]
    public async Task A_backlog_is_worked_off_by_a_broker_that_fails_again_and_again()
    {
        broker.Away = true;
        await using var process = new KitProcess(store, new FlakyBroker(broker));
        for (var i = 0; i < 60; i++) await process.Count("hot", $"c{i}");
        broker.Away = false;
        await Eventually.True(async () => await process.Sweep() == 0 && broker.Published.Count >= 60); // What this process still works on itself, its sweep leaves alone.
        Assert.Equal(Ids("hot", 60), broker.Published);
    }

    [Fact]
    public async Task A_command_finds_itself_among_events_that_were_moved()
    {
        await using var process = new KitProcess(store, broker);
        for (var i = 0; i < 8; i++) await process.Count("hot", $"c{i}", new string('x', 20_000));
        Assert.InRange(Read("hot").BaseVersion, 2, int.MaxValue);
        for (var i = 0; i < 8; i++) Assert.Equal((8, 8L), ((await process.Count("hot", $"c{i}")).Value.Count, Read("hot").Version));
    }

    [Fact]
    public async Task Sets_follow_what_happened_in_events_that_were_moved_before_they_were_published()
    {
        await using var process = new KitProcess(store, broker);
        await process.Count("hot", "first");
        await Eventually.True(async () => (await process.Counters.InSet("open", CancellationToken.None)).Count == 1);
        broker.Away = true;
        await process.Counters.Change("hot", KitProcess.CommandOf("close"), _ => new Closed());
        for (var i = 0; i < 6; i++) await process.Count("hot", $"c{i}", new string('x', 20_000));
        Assert.InRange(Read("hot").BaseVersion, 2, int.MaxValue);
        broker.Away = false;
        await Eventually.True(async () => await process.Sweep() == 0 && Open() == "{}", what: $"{Open()} is empty");

        string Open() => string.Concat(store.Values.Where(pair => pair.Key.StartsWith("set-counter-open", StringComparison.Ordinal)).Select(pair => System.Text.Encoding.UTF8.GetString(pair.Value.Value.Span)));
    }

    [Fact]
    public async Task The_pauses_between_tries_grow_to_the_interval_of_the_sweep()
    {
        broker.Away = true;
        var pauses = new Pauses();
        await using var process = new KitProcess(store, broker, configure: services => services.AddSingleton<TimeProvider>(pauses));
        await process.Count("a", "c1");
        await process.StartSweeping();
        await Eventually.True(() => Task.FromResult(pauses.Seen.Count >= 7));
        Assert.Equal([0.5, 1, 2, 4, 8, 10, 10], pauses.Seen.Take(7).Select(pause => pause.TotalSeconds));
    }

    [Fact]
    public async Task What_can_not_be_completed_yet_is_one_line_in_the_log_and_its_stack_is_for_debugging()
    {
        broker.Away = true;
        using var lines = new Lines();
        var connection = new StoreConnection(store);
        await using var process = new KitProcess(
            connection, broker, configure: services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(lines)));
        await process.Count("a", "c1");
        await Eventually.True(() => Task.FromResult(lines.Seen.Any(line => line.Text.Contains("left to the sweep: The broker is away.", StringComparison.Ordinal))));
        await Eventually.True(async () => await process.Sweep() == 1); // Told first, left a moment later.
        Assert.Contains(lines.Seen, line => line.Text.Contains("could not complete counter a yet: The broker is away.", StringComparison.Ordinal));

        connection.Fates = (_, _) => Fate.NotReached;
        await process.StartSweeping();
        await Eventually.True(() => Task.FromResult(lines.Seen.Any(line => line.Text.Contains("The sweep failed and is tried again: cut", StringComparison.Ordinal))));
        Assert.All(lines.Seen.Where(line => line.Level >= LogLevel.Information), line => Assert.False(line.HasStack, line.Text));
        Assert.Contains(lines.Seen, line => line is { Level: LogLevel.Debug, HasStack: true });
    }

    Document<Counter> Read(string id) => KitJson.Read<Document<Counter>>(store.Values[$"counter.{id}"].Value);

    static IEnumerable<string> Ids(string counter, int versions) => Enumerable.Range(1, versions).Select(version => $"counter.{counter}.{version}");

    /// <summary>Fails every seventh publish.</summary>
    sealed class FlakyBroker(TestBroker broker) : ServiceKit.Messaging.IBroker
    {
        int calls;

        public Task Publish(string topic, ReadOnlyMemory<byte> cloudEvent, string partitionKey, CancellationToken cancel) => Interlocked.Increment(ref calls) % 7 == 0
            ? throw new ServiceKit.State.UnavailableException("The broker fails.")
            : broker.Publish(topic, cloudEvent, partitionKey, cancel);
    }

    /// <summary>Remembers how large each document ever was.</summary>
    sealed class MeasuredStore : MemoryStateStore
    {
        public ConcurrentDictionary<string, int> Largest { get; } = new();

        public override Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel)
        {
            Largest.AddOrUpdate(key, value.Length, (_, most) => Math.Max(most, value.Length));
            return base.Save(key, value, etag, cancel);
        }
    }

    /// <summary>A clock on which every pause of half a second or more is over at once, and is remembered.</summary>
    sealed class Pauses : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Seen { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime < TimeSpan.FromSeconds(0.5)) return base.CreateTimer(callback, state, dueTime, period);
            Seen.Enqueue(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
        }
    }

    /// <summary>What is logged.</summary>
    sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(LogLevel Level, string Text, bool HasStack)> Seen { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Seen.Enqueue((logLevel, formatter(state, exception), exception is not null));

        public void Dispose()
        {
        }
    }
}

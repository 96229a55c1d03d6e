using System.Collections.Concurrent;
using System.Globalization;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>
/// The kit's outbox under everything at once: two processes on one store, calls that do not reach it, answers that are cut, saves that land after the
/// store said no (fact S11), processes that die at any call, a broker that fails. Then a healthy process sweeps, and all must be there, once: what is
/// published, and quantities that leave nothing to publish and so have no entry in the journal.
/// </summary>
public sealed class RandomFaultsTests
{
    [Fact]
    public async Task Nothing_is_lost_and_nothing_is_done_twice_whatever_fails()
    {
        var failures = new ConcurrentBag<string>();
        // What waits in one round leaves the processor to others.
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = 8 * Environment.ProcessorCount };
        await Parallel.ForEachAsync(Enumerable.Range(0, LongForm.Rounds(150, 5_000)), atOnce, async (round, _) =>
        {
            var seed = Random.Shared.Next();
            try
            {
                await Round(new Random(seed));
            }
            catch (Exception wrong)
            {
                failures.Add($"seed {seed}: {wrong.Message}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join('\n', failures));
    }

    static async Task Round(Random random)
    {
        var store = new MemoryStateStore();
        var broker = new TestBroker();
        var connections = new ConcurrentBag<StoreConnection>();
        var processes = new ConcurrentBag<KitProcess>();
        var answered = new ConcurrentBag<string>();
        var sent = new ConcurrentBag<string>();
        var calm = false;
        var text = random.Next(2) == 0 ? null : new string('x', 12_000); // So large that events move to log documents before they are published.

        await Task.WhenAll(Enumerable.Range(0, 2).Select(replica => Task.Run(async () =>
        {
            var mine = new Random(random.Next());
            var (process, died) = Start(replica, mine);
            for (var number = 0; number < 6; number++)
            {
                var (counter, command) = ($"c{mine.Next(2)}", $"{replica}-{number}");
                sent.Add($"{counter}/{command}");
                // The caller repeats a command under the same id until it hears of it, at most a few times.
                for (var tries = 0; tries < 4; tries++)
                {
                    var counting = Counting(process, counter, command, number, text);
                    if (await Task.WhenAny(counting, died.Task) == counting && await counting)
                    {
                        answered.Add($"{counter}/{command}");
                        break;
                    }

                    if (died.Task.IsCompleted) (process, died) = Start(replica, mine);
                }
            }
        })));

        calm = true; // The faults end; processes that still live may go on in the background, dead ones stay dead.
        await Task.WhenAll(connections.Select(connection => connection.Landed));
        broker.Away = false;
        await using var healthy = new KitProcess(store, broker, "healthy");
        await Eventually.True(async () =>
        {
            var failed = await healthy.Sweep();
            await healthy.Journal.Flush();
            return failed == 0 && AllDone(store);
        }, what: "the sweep brings every entry to its end");

        foreach (var counter in sent.Select(command => command.Split('/')[0]).Distinct())
        {
            var (state, version) = await healthy.Counters.Find(counter, CancellationToken.None);
            if (!store.Values.TryGetValue($"counter.{counter}", out var stored))
            {
                // No save ever reached the store, so nobody was told that one did.
                Assert.DoesNotContain(answered, command => command.StartsWith($"{counter}/", StringComparison.Ordinal));
                continue;
            }

            var document = KitJson.Read<Document<Counter>>(stored.Value);
            List<RecordedEvent> events = [];
            await foreach (var step in new DocumentStore<Counter>(store).Since(document with { CompletedLogs = 0 }, 0, CancellationToken.None)) events.Add(step.Event);
            var commands = events.Select(recorded => recorded.Command).ToList();
            Assert.Equal(commands.Count, commands.Distinct().Count());
            Assert.Equal(Enumerable.Range(1, (int)version).Select(number => (long)number), events.Select(recorded => recorded.Version));
            var lost = answered.Where(command => command.StartsWith($"{counter}/", StringComparison.Ordinal)).Select(command => command.Split('/')[1]).Except(commands).ToList();
            Assert.True(lost.Count == 0, $"Answered and lost: {string.Join(' ', lost)} of {counter}, which has {string.Join(' ', commands)}.");
            Assert.Equal(commands.Sum(command => UnitsOf(int.Parse(command.Split('-')[1], CultureInfo.InvariantCulture))), state?.Count ?? 0);
            var published = events.Where(recorded => recorded.Type == nameof(Counted)).Select(recorded => $"counter.{counter}.{recorded.Version}");
            var unpublished = published.Except(broker.Published).ToList();
            Assert.True(unpublished.Count == 0, $"Not published: {string.Join(' ', unpublished)} of version {version}, complete through {document.CompletedThrough}.");
            Assert.True((await new Rebuild<Counter>(document, new DocumentStore<Counter>(store)).Run(CancellationToken.None)).Rebuilt);
            Assert.True(document.CompletedThrough <= version);
        }

        var known = new HashSet<string>();
        for (var cursor = Journal.Feed.Encode(new long[Journal.JournalWriter.Logs]); ;)
        {
            var page = await healthy.Feed.Read(cursor, 100, CancellationToken.None);
            foreach (var item in page.Items) known.Add(item.Id);
            if (page.Next == cursor) break;
            cursor = page.Next!;
        }

        Assert.Superset(answered.Select(command => command.Split('/')[0]).ToHashSet(), known);
        foreach (var process in processes) await process.DisposeAsync();

        (KitProcess, TaskCompletionSource) Start(int replica, Random mine)
        {
            var died = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var connection = new StoreConnection(store);
            connection.Fates = (kind, _) =>
            {
                lock (mine)
                {
                    if (died.Task.IsCompleted) return Fate.Dead;
                    if (calm) return Fate.Answered;
                    var dice = mine.Next(100);
                    if (dice < 4) died.TrySetResult();
                    return dice switch
                    {
                        < 2 => Fate.Dead,
                        < 4 => Fate.DiesAfter,
                        < 8 => Fate.NotReached,
                        < 12 => Fate.AnswerCut,
                        < 18 when kind == "save" => Fate.Late,
                        < 20 => Toggle(),
                        _ => Fate.Answered,
                    };
                }
            };
            connection.Before = async (_, _) =>
            {
                int pause;
                lock (mine) pause = mine.Next(4) == 0 ? mine.Next(40) : 0;
                for (; pause > 0; pause--) await Task.Yield();
            };
            connections.Add(connection);
            var process = new KitProcess(connection, broker, $"replica-{replica}", TimeSpan.FromMilliseconds(mine.Next(0, 5)), services => services.AddSingleton<TimeProvider>(new HurriedTime()));
            processes.Add(process);
            return (process, died);
        }

        Fate Toggle()
        {
            broker.Away = !calm && !broker.Away;
            return Fate.Answered;
        }
    }

    /// <summary>Counts by one, or puts a quantity on what is there; some commands come with an Idempotency-Key.</summary>
    static async Task<bool> Counting(KitProcess process, string counter, string id, int number, string? text)
    {
        var command = KitProcess.CommandOf(id) with { Remembered = number % 3 == 0 };
        try
        {
            var outcome = UnitsOf(number) is var units and > 1
                ? await process.Counters.Change(counter, command, _ => new CountedQuietly(units))
                : await process.Counters.Put(counter, command, _ => new Counted(text ?? counter));
            return !outcome.IsRefused;
        }
        catch (Exception passing) when (passing is UnavailableException or BusyException)
        {
            return false;
        }
    }

    static int UnitsOf(int number) => number % 2 == 0 ? 1 : number + 10;

    static bool AllDone(MemoryStateStore store) => store.Values
        .Where(pair => pair.Key.StartsWith("journal.", StringComparison.Ordinal) && pair.Key.Count(character => character == '.') == 2)
        .All(pair => KitJson.Read<Journal.JournalChunk>(pair.Value.Value).Entries.All(entry => entry.Mark == Journal.Mark.Done));
}

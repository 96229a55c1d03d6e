using System.Collections.Concurrent;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Xunit;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>
/// The kit's outbox under everything at once: two processes on one store, calls that do not reach it, answers that are cut, saves that land after the
/// store said no (fact S11), processes that die at any call, a broker that fails. Then a healthy process sweeps, and all must be there, once.
/// </summary>
public sealed class RandomFaultsTests
{
    [Fact]
    public async Task Nothing_is_lost_and_nothing_is_done_twice_whatever_fails()
    {
        var failures = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, LongForm.Rounds(150, 5_000)), async (round, _) =>
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
        Assert.Empty(failures);
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
                    var counting = Counting(process, counter, command, text);
                    if (await Task.WhenAny(counting, died.Task) == counting && await counting)
                    {
                        answered.Add($"{counter}/{command}");
                        break;
                    }

                    if (died.Task.IsCompleted) (process, died) = Start(replica, mine);
                }
            }
        })));

        calm = true; // The faults end; processes that still live may go on in the background.
        foreach (var connection in connections) connection.Fates = (_, _) => Fate.Answered;
        await Task.WhenAll(connections.Select(connection => connection.Landed));
        broker.Away = false;
        await using var healthy = new KitProcess(store, broker, "healthy");
        await Eventually.True(async () =>
        {
            var failed = await healthy.Sweep();
            await healthy.Journal.Flush();
            return failed == 0 && AllDone(store);
        }, TimeSpan.FromSeconds(20), "the sweep brings every entry to its end");

        foreach (var counter in sent.Select(command => command.Split('/')[0]).Distinct())
        {
            var (state, version) = await healthy.Counters.Find(counter, CancellationToken.None);
            if (!store.Values.TryGetValue($"counter.{counter}", out var stored))
            {
                // No save ever reached the store, so nobody was told that one did.
                Assert.DoesNotContain(answered, command => command.StartsWith($"{counter}/", StringComparison.Ordinal));
                continue;
            }

            var document = KitJson.Read<Documents.Document<Counter>>(stored.Value);
            List<Documents.RecordedEvent> events = [];
            await foreach (var step in new Documents.DocumentStore<Counter>(store).Since(document with { CompletedLogs = 0 }, 0, CancellationToken.None)) events.Add(step.Event);
            var commands = events.Select(recorded => recorded.Command).ToList();
            Assert.Equal(commands.Count, commands.Distinct().Count());
            Assert.Equal(Enumerable.Range(1, (int)version).Select(number => (long)number), events.Select(recorded => recorded.Version));
            Assert.Subset(commands.ToHashSet(), answered.Where(command => command.StartsWith($"{counter}/", StringComparison.Ordinal)).Select(command => command.Split('/')[1]).ToHashSet());
            Assert.Subset(broker.Published.ToHashSet(), Enumerable.Range(1, (int)version).Select(number => $"counter.{counter}.{number}").ToHashSet());
            Assert.True(document.CompletedThrough <= version);
        }

        var known = new HashSet<string>();
        for (var cursor = Beginning(); ;)
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
                lock (mine) pause = mine.Next(4);
                if (pause == 0) await Task.Delay(1);
            };
            connections.Add(connection);
            var process = new KitProcess(connection, broker, $"replica-{replica}", TimeSpan.FromMilliseconds(mine.Next(0, 5)));
            processes.Add(process);
            return (process, died);
        }

        Fate Toggle()
        {
            broker.Away = !calm && !broker.Away;
            return Fate.Answered;
        }
    }

    static async Task<bool> Counting(KitProcess process, string counter, string command, string? text)
    {
        try
        {
            return !(await process.Count(counter, command, text)).IsRefused;
        }
        catch (Exception passing) when (passing is UnavailableException or BusyException)
        {
            return false;
        }
    }

    static bool AllDone(MemoryStateStore store) => store.Values
        .Where(pair => pair.Key.StartsWith("journal.", StringComparison.Ordinal) && pair.Key.Count(character => character == '.') == 2)
        .All(pair => KitJson.Read<Journal.JournalChunk>(pair.Value.Value).Entries.All(entry => entry.Mark == Journal.Mark.Done));

    static string Beginning() => System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.ASCII.GetBytes(string.Join('.', Enumerable.Repeat("0", Journal.JournalWriter.Logs))));
}

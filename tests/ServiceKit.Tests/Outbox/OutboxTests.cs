using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Xunit;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>The event core on a store that a test controls: nothing lost, nothing twice (architecture 2).</summary>
public sealed class OutboxTests
{
    readonly MemoryStateStore store = new();
    readonly TestBroker broker = new();

    [Fact]
    public async Task Events_are_published_in_order_with_ids_fixed_by_version()
    {
        await using var process = new KitProcess(store, broker);
        for (var i = 1; i <= 3; i++) await process.Count("a", $"c{i}");
        await Eventually.True(() => Task.FromResult(broker.Published.Count == 3));
        Assert.Equal(["counter.a.1", "counter.a.2", "counter.a.3"], broker.Published);
    }

    [Fact]
    public async Task A_repeated_command_changes_nothing()
    {
        await using var process = new KitProcess(store, broker);
        await process.Count("a", "c1");
        var again = await process.Count("a", "c1");
        Assert.Equal((1, 1L), (again.Value.Count, again.Version));
    }

    [Fact]
    public async Task A_save_whose_answer_is_lost_is_recognised_by_its_command_and_not_repeated()
    {
        var connection = new StoreConnection(store);
        var cut = 0;
        connection.Fates = (kind, key) => kind == "save" && key == "counter.a" && cut++ == 0 ? Fate.AnswerCut : Fate.Answered;
        await using var process = new KitProcess(connection, broker);
        var outcome = await process.Count("a", "c1");
        Assert.Equal((1, 1L), (outcome.Value.Count, outcome.Version));
        await Eventually.True(() => Task.FromResult(broker.Published.Count == 1));
    }

    [Fact]
    public async Task A_process_that_dies_after_its_save_has_its_event_published_by_the_next()
    {
        var dying = new StoreConnection(store) { Fates = (kind, key) => kind == "save" && key == "counter.a" ? Fate.DiesAfter : Fate.Answered };
        await using var first = new KitProcess(dying, broker);
        _ = first.Count("a", "c1");
        await Eventually.True(() => Task.FromResult(store.Values.ContainsKey("counter.a")));
        Assert.Empty(broker.Published);

        await using var next = new KitProcess(store, broker);
        Assert.Equal(0, await next.Sweep());
        Assert.Equal(["counter.a.1"], broker.Published);
    }

    [Fact]
    public async Task An_open_entry_of_another_process_is_settled_as_soon_as_it_was_seen_long_enough_not_a_whole_round_later()
    {
        var dying = new StoreConnection(store) { Fates = (kind, key) => kind == "save" && key == "counter.a" ? Fate.DiesAfter : Fate.Answered };
        await using var first = new KitProcess(dying, broker);
        _ = first.Count("a", "c1");
        await Eventually.True(() => Task.FromResult(store.Values.ContainsKey("counter.a")));

        await using var other = new KitProcess(store, broker, "two", fenceAfter: TimeSpan.FromSeconds(0.2), sweepEvery: TimeSpan.FromHours(1));
        await other.StartSweeping();
        await Eventually.True(() => Task.FromResult(broker.Published.Count == 1));
        Assert.Equal(["counter.a.1"], broker.Published);
    }

    [Fact]
    public async Task One_round_of_the_sweep_is_enough_also_for_what_others_appended_since_it_last_wrote_to_their_log()
    {
        await using var sweeper = new KitProcess(store, broker, "two");
        for (var i = 0; i < 3; i++)
        {
            var saved = $"counter.c{i}";
            var dying = new StoreConnection(store) { Fates = (kind, key) => kind == "save" && key == saved ? Fate.DiesAfter : Fate.Answered };
            await using var first = new KitProcess(dying, broker);
            _ = first.Count($"c{i}", "c");
            await Eventually.True(() => Task.FromResult(store.Values.ContainsKey(saved)));

            Assert.Equal(0, await sweeper.Sweep());
            await sweeper.Journal.Flush();
            Assert.Equal(Enumerable.Repeat(Mark.Done, i + 1), Entries().Select(entry => entry.Mark));
        }
    }

    [Fact]
    public async Task A_save_that_never_reaches_the_store_publishes_nothing()
    {
        var connection = new StoreConnection(store) { Fates = (kind, key) => kind == "save" && key == "counter.a" ? Fate.NotReached : Fate.Answered };
        await using (var process = new KitProcess(connection, broker))
            await Assert.ThrowsAsync<BusyException>(() => process.Count("a", "c1"));
        await using var next = new KitProcess(store, broker);
        Assert.Equal(0, await next.Sweep());
        Assert.Empty(broker.Published);
    }

    [Fact]
    public async Task A_save_that_stalls_behind_a_fence_conflicts_and_its_writer_tries_again()
    {
        var stalled = new TaskCompletionSource();
        var first = true;
        var connection = new StoreConnection(store)
        {
            Before = (kind, key) => kind == "save" && key == "counter.a" && first && !(first = false) ? stalled.Task : Task.CompletedTask,
        };
        await using var slow = new KitProcess(connection, broker);
        var counting = slow.Count("a", "c1");
        await Eventually.True(() => Task.FromResult(store.Values.Keys.Any(key => key.StartsWith("journal.", StringComparison.Ordinal) && key.Count(c => c == '.') == 2)));

        await using var sweeper = new KitProcess(store, broker, "two");
        await Eventually.True(async () =>
        {
            await sweeper.Sweep();
            return store.Values.ContainsKey("counter.a"); // The fence: an empty document.
        });
        Assert.Equal(0, (await sweeper.Counters.Find("a", CancellationToken.None)).Version);

        stalled.SetResult();
        var outcome = await counting;
        Assert.Equal((1, 1L), (outcome.Value.Count, outcome.Version));
        await Eventually.True(() => Task.FromResult(broker.Published.SequenceEqual(["counter.a.1"])));
    }

    [Fact]
    public async Task A_broker_that_is_away_refuses_nothing_and_gets_all_when_it_is_back()
    {
        broker.Away = true;
        await using var process = new KitProcess(store, broker);
        for (var i = 0; i < 250; i++) await process.Count($"c{i % 25}", $"x{i}");
        broker.Away = false;
        await Eventually.True(async () => await process.Sweep() == 0 && broker.Published.Distinct().Count() == 250);
    }

    [Fact]
    public async Task A_command_that_leaves_nothing_to_publish_appends_no_entry()
    {
        await using var process = new KitProcess(store, broker);
        await process.Count("a", "c1");
        await Eventually.True(() => Task.FromResult(broker.Published.Count == 1));
        await process.Journal.Flush();
        var before = Entries().Count;
        await process.Counters.Change("a", KitProcess.CommandOf("quiet"), _ => new CountedQuietly());
        await process.Journal.Flush();
        Assert.Equal(before, Entries().Count);
    }

    [Fact]
    public async Task Fifty_commands_at_once_on_one_aggregate_are_all_done_once_by_two_processes()
    {
        await using var one = new KitProcess(store, broker, "one");
        await using var two = new KitProcess(store, broker, "two");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            while (true)
            {
                try
                {
                    await (i % 2 == 0 ? one : two).Count("a", $"c{i}");
                    return;
                }
                catch (BusyException)
                {
                    await Task.Yield(); // 503 busy: the caller repeats it.
                }
            }
        }));
        Assert.Equal(50, (await one.Counters.Get("a", CancellationToken.None)).Value.Count);
        await Eventually.True(async () =>
        {
            await one.Sweep();
            return broker.Published.Distinct().Count() == 50;
        });
    }

    [Fact]
    public async Task A_long_document_moves_its_oldest_events_to_a_log_and_loses_none()
    {
        await using var process = new KitProcess(store, broker);
        for (var i = 0; i < 1_200; i++)
        {
            await process.Count("a", $"c{i}");
            if (i % 100 == 99) await Eventually.True(() => Task.FromResult(broker.Published.Count == i + 1));
        }

        var document = KitJson.Read<Document<Counter>>(store.Values["counter.a"].Value);
        var logged = Enumerable.Range(0, document.Logs).SelectMany(log => KitJson.Read<EventLog<Counter>>(store.Values[$"counter.a.log.{log}"].Value).Events);
        var events = logged.Concat(document.Events).ToList();
        Assert.True(document.Events.Count <= 501);
        Assert.Equal(Enumerable.Range(1, 1_200).Select(version => (long)version), events.Select(recorded => recorded.Version));
        Assert.Equal(document.State, Spec.Fold<Counter>(events.Select(recorded => recorded.ToHappened<Counter>().Event)));
        var documents = new DocumentStore<Counter>(store);
        var rebuilt = await new Rebuild<Counter>(document, documents).Run(CancellationToken.None);
        Assert.Equal((true, 1_200), (rebuilt.Rebuilt, rebuilt.Events.Count));
        Assert.False((await new Rebuild<Counter>(document with { State = document.State! with { Count = 7 } }, documents).Run(CancellationToken.None)).Rebuilt);
    }

    [Fact]
    public async Task Lists_hold_every_id_once_newest_first_over_many_chunks()
    {
        await using var process = new KitProcess(store, broker);
        for (var i = 0; i < 1_100; i++) await process.Count($"c{i:D4}", $"x{i}");
        await Eventually.True(() => Task.FromResult(broker.Published.Count == 1_100));
        List<string> ids = [];
        await Eventually.True(async () =>
        {
            ids.Clear();
            string? cursor = null;
            do
            {
                var page = await process.Counters.List("even", _ => true, new Paging(190, cursor), CancellationToken.None);
                ids.AddRange(page.Items.Select(counter => counter.CounterId));
                cursor = page.Next;
            }
            while (cursor is not null);
            return ids.Count == 1_100;
        });
        Assert.Equal(1_100, ids.Distinct().Count());
        Assert.Equal(3, store.Values.Keys.Count(key => key.StartsWith("list-counter.even.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_set_holds_those_that_belong_to_it_now()
    {
        await using var process = new KitProcess(store, broker);
        foreach (var id in new[] { "a", "b", "c" }) await process.Count(id, $"open-{id}");
        await process.Counters.Change("b", KitProcess.CommandOf("close"), _ => new Closed());
        await Eventually.True(async () =>
            (await process.Counters.InSet("open", CancellationToken.None)).Select(counter => counter.CounterId).Order().SequenceEqual(["a", "c"]));
    }

    [Fact]
    public async Task The_feed_shows_each_changed_entity_once_and_nothing_that_is_not_settled()
    {
        await using var process = new KitProcess(store, broker);
        var end = await process.Feed.End(CancellationToken.None);
        for (var i = 0; i < 130; i++) await process.Count($"c{i % 10}", $"x{i}");
        await process.Journal.Flush();
        var page = await process.Feed.Read(end, 100, CancellationToken.None);
        Assert.Equal(10, page.Items.Count);
        Assert.Equal(10, page.Items.Select(item => item.Id).Distinct().Count());
        Assert.Empty((await process.Feed.Read(page.Next!, 100, CancellationToken.None)).Items);

        // A command whose save is under way is not shown, and holds back what comes after it in its log.
        await process.Journal.Append("counter", "c0");
        await process.Count("late", "late");
        await process.Journal.Flush();
        Assert.Empty((await process.Feed.Read(page.Next!, 100, CancellationToken.None)).Items);
    }

    IReadOnlyList<JournalEntry> Entries() =>
    [
        .. store.Values.Where(pair => pair.Key.StartsWith("journal.", StringComparison.Ordinal) && pair.Key.Count(c => c == '.') == 2)
            .SelectMany(pair => KitJson.Read<JournalChunk>(pair.Value.Value).Entries),
    ];
}

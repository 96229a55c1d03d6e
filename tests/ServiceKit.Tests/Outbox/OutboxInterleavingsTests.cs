using System.Globalization;
using System.Text.Json;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using MallBots.TestKit.Exploring;
using Xunit;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>
/// The kit's real outbox code in every interleaving (docs/models/journal.py does it on paper): writers, a sweeper that fences every open entry it meets, a
/// crash at any step, a save or publish whose answer is wrong (fact S11). Whatever happens, in the end nothing is lost and nothing is done twice.
/// </summary>
public sealed class OutboxInterleavingsTests(ITestOutputHelper output)
{
    const string Document = "counter.a";

    /// <summary>Keys of documents and logs; lists and sets have an exploration of their own.</summary>
    static readonly Func<string, bool> NoLists = key => !key.StartsWith("list-", StringComparison.Ordinal) && !key.StartsWith("set-", StringComparison.Ordinal);

    /// <summary>Without the logs that nobody appends to: a consumer asks all of them at once.</summary>
    static readonly Func<string, bool> OneLog = key => key.Split('.') is not ["journal", var log, ..] || log == StableHash.Of("one", JournalWriter.Logs).ToString(CultureInfo.InvariantCulture);

    /// <summary>How often a process may be interrupted in one run where it is not every interleaving.</summary>
    static readonly int Bound = LongForm.Rounds(1, 3);

    [Theory]
    [InlineData("one", "two")]
    [InlineData("one", "one")]
    public void Two_writers_a_sweeper_and_a_crash(string first, string second) =>
        Explore(atLeast: 1e5, [Writer("w1", first), Writer("w2", second), Sweeper], Existing, crashes: 1, switches: Bound);

    [Fact]
    public void Two_creators_a_sweeper_and_a_crash() =>
        Explore(atLeast: 1e5, [Writer("w1", "one"), Writer("w2", "two"), Sweeper], crashes: 1, switches: Bound);

    [Fact]
    public void Two_writers_a_sweeper_and_a_wrong_answer() =>
        Explore(atLeast: 1e4, [Writer("w1", "one"), Writer("w2", "two"), Sweeper], Existing, faults: 1, switches: Bound - 1);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void A_writer_a_sweeper_a_crash_and_a_wrong_answer_or_a_timer(int faults, int timers) =>
        Explore(atLeast: 1e5, [Writer("w1", "one"), Sweeper], Existing, crashes: 1, faults: faults, timers: timers, compare: LongForm.IsOn);

    [Fact]
    public void A_writer_whose_caller_has_gone_a_sweeper_a_wrong_answer_and_a_timer() => Explore(
        atLeast: 1e4, [new("w1", world => CountOnce(Core(world, "one"), "w1")), Sweeper], Existing, faults: 1, timers: 1, switches: LongForm.IsOn ? null : Bound);

    [Fact]
    public void A_creator_a_sweeper_lists_and_a_crash() =>
        Explore(atLeast: 1e5, [Writer("w1", "one"), Sweeper], crashes: 1, switches: LongForm.IsOn ? null : Bound, about: _ => true);

    [Fact]
    public void A_writer_a_sweeper_a_crash_and_a_read_that_fails() =>
        Explore(atLeast: 1e4, [Writer("w1", "one"), Sweeper], Existing, crashes: 1, failedReads: 1, switches: Bound);

    [Fact]
    public void A_writer_a_sweeper_a_crash_and_a_consumer_that_walks_the_feed() =>
        Explore(atLeast: 1e4, [Writer("w1", "one"), Sweeper, Walker], Existing, crashes: 1, switches: Bound);

    [Fact]
    public void A_creator_a_crash_a_timer_and_a_consumer_that_begins_with_the_list_of_all() =>
        Explore(atLeast: 1e4, [Writer("w1", "one"), Beginner], crashes: 1, timers: 1, about: OneLog);

    /// <summary>Runs these at once and says how much that was; it must not become trivial unnoticed. In the end nothing is lost and nothing is there twice.</summary>
    void Explore(
        double atLeast, ExploredProcess[] processes, ExploredProcess? before = null, int crashes = 0, int faults = 0, int failedReads = 0, int timers = 0, int? switches = null,
        Func<string, bool>? about = null, bool compare = false)
    {
        var explored = new Exploration
        {
            Before = before,
            Processes = processes,
            After = Last,
            AtEnd = NothingLostNothingTwice,
            AtEachStep = NothingAhead,
            About = about ?? NoLists,
            Crashes = crashes,
            Faults = faults,
            FailedReads = failedReads,
            Timers = timers,
            Switches = switches,
            Compare = compare,
        }.Run();
        output.WriteLine($"{explored}{(switches is null ? "" : $", at most {switches} interruptions")}");
        Assert.True(explored.Runs >= atLeast, $"Only {explored}");
    }

    // Who takes part

    static readonly ExploredProcess Existing = new("before", async world =>
    {
        var core = Core(world, "before");
        await Count(core, "first");
        await core.SweepToTheEnd();
        await core.Documents<Counter>().Change("a", CommandOf("quiet"), _ => new CountedQuietly()); // It notes that all before it is complete.
        return "";
    });

    static ExploredProcess Sweeper { get; } = new("sweeper", async world => $"{await Core(world, "sweeper").Sweep("one", "two")} left");

    /// <summary>A consumer that reads a page of the feed.</summary>
    static ExploredProcess Walker { get; } = new("walker", async world => Seen(await Core(world, "walker").FirstOfFeed()));

    /// <summary>A consumer that has no cursor yet.</summary>
    static ExploredProcess Beginner { get; } = new("beginner", async world => Seen(await Core(world, "beginner").AllThenFeed("counter")));

    static string Seen((IReadOnlyDictionary<string, long> Versions, IReadOnlyList<long> Passed) seen) =>
        $"saw {seen.Versions.GetValueOrDefault("a").ToString(CultureInfo.InvariantCulture)} {string.Join(' ', seen.Passed)}";

    static ExploredProcess Last { get; } = new("last", async world =>
    {
        var core = Core(world, "last");
        await core.SweepToTheEnd();
        return string.Join(' ', await core.WalkFeed());
    });

    static ExploredProcess Writer(string name, string replica) => new(name, world => Count(Core(world, replica), name));

    static KitCore Core(World world, string replica) => new(world, replica, service => service.Aggregate<Counter>());

    static async Task<string> Count(KitCore core, string command)
    {
        try
        {
            return $"version {(await core.Documents<Counter>().Put("a", CommandOf(command), _ => new Counted("a"))).Version}";
        }
        catch (BusyException)
        {
            return "busy";
        }
    }

    /// <summary>Does not try again after a save that may still be carried out: nobody waits for the answer any more.</summary>
    static async Task<string> CountOnce(KitCore core, string command)
    {
        using var gone = new CancellationTokenSource();
        try
        {
            var outcome = await core.Documents<Counter>().Put("a", CommandOf(command) with { Aborted = gone.Token }, _ =>
            {
                gone.Cancel();
                return new Counted("a");
            });
            return $"version {outcome.Version}";
        }
        catch (OperationCanceledException)
        {
            return "gone";
        }
    }

    static Command CommandOf(string id) => new() { Id = id, Correlation = "test" };

    // What must hold

    /// <summary>Nothing is published that is not saved, or before what precedes it, or in two wordings; no document says that more was published than was.</summary>
    static void NothingAhead(Moment moment)
    {
        var document = moment.Read<Document<Counter>>(Document);
        var published = moment.Published.Select(VersionOf).ToHashSet();
        if (moment.JustPublished is { } sent)
        {
            var recorded = document?.Events.Find(recorded => recorded.Version == VersionOf(sent));
            Assert.True(recorded is not null, $"Version {VersionOf(sent)} was published and is not in the document.");
            Assert.Equal(nameof(Counted), recorded.Type);
            Assert.Equal(published.Count, moment.Published.Count);
            Assert.Subset(published, PublishedOf(document!).Where(version => version < recorded.Version).ToHashSet());
        }
        else if (moment.Saved == Document)
        {
            Assert.Subset(published, PublishedOf(document!).Where(version => version <= document!.CompletedThrough).ToHashSet());
            Assert.Distinct(document!.Events.Select(recorded => recorded.Command));
        }
    }

    static void NothingLostNothingTwice(End end)
    {
        var document = end.Read<Document<Counter>>(Document) ?? new Document<Counter>("a");
        var commands = document.Events.Select(recorded => recorded.Command).ToList();
        Assert.Distinct(commands);
        foreach (var (writer, result) in end.Results)
            if (result?.Split(' ') is ["version", var version]) Assert.Contains(document.Events, recorded => recorded.Command == writer && recorded.Version <= long.Parse(version, CultureInfo.InvariantCulture));
        Assert.Equal(PublishedOf(document).ToList(), end.Published.Select(VersionOf).ToList());
        Assert.Equal(document.Version, document.Events.Count);
        Assert.Equal(document.State?.Count ?? 0, document.Events.Count);
        NothingPassedUnseen(end, document.Version);
        if (document.Version == 0) return; // Nobody was told that it is there.
        Assert.Contains("a", end.Result.Split(' '));
        Assert.Equal(["a"], end.Read<List<string>>("list-counter.all.0")!);
        Assert.Equal(["a"], end.Read<List<string>>("list-counter.even.0")!);
        Assert.Single(end.Keys, key => key.StartsWith("set-counter-open.", StringComparison.Ordinal) && end.Read<Dictionary<string, long>>(key)!.ContainsKey("a"));
    }

    /// <summary>What a consumer has not seen of a document, it finds in the feed behind its cursor.</summary>
    static void NothingPassedUnseen(End end, long version)
    {
        foreach (var seen in end.Results.Values.OfType<string>().Select(result => result.Split(' ')).Where(words => words[0] == "saw"))
        {
            if (long.Parse(seen[1], CultureInfo.InvariantCulture) == version) continue;
            var passed = seen.Skip(2).Select((position, log) => (Log: log, Position: int.Parse(position, CultureInfo.InvariantCulture)));
            Assert.True(
                passed.Any(cursor => end.Read<JournalChunk>($"journal.{cursor.Log}.0")?.Entries.Skip(cursor.Position).Any(entry => entry.Id == "a") == true),
                $"A consumer {string.Join(' ', seen)}, and the feed has nothing more for it, though the version is {version}.");
        }
    }

    static IEnumerable<long> PublishedOf(Document<Counter> document) =>
        document.Events.Where(recorded => recorded.Type == nameof(Counted)).Select(recorded => recorded.Version);

    static long VersionOf(JsonElement published) => long.Parse(published.GetProperty("aggregateversion").GetString()!, CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using MallBots.Contracts;
using MallBots.Mall.Tests.Audit;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Replicas;

/// <summary>
/// Two replicas of each service but order-workflow on one Redis, one of them killed under load: what it left is brought to its end by the other one,
/// within 30 seconds, and by nobody twice.
/// </summary>
public sealed class KilledNodeTests
{
    static readonly TimeSpan SweptWithin = TimeSpan.FromSeconds(30);

    /// <summary>Shorter than the defaults, so that nobody waits for long; the long form has the defaults.</summary>
    static readonly Dictionary<string, string> Impatient = new()
    {
        ["Journal:SweepEvery"] = "00:00:02",
        ["Journal:FenceAfter"] = "00:00:02",
        ["Depot:SimulateBots"] = "true",
        ["Depot:BotSpeed"] = "100000",
        ["Depot:BotLease"] = "00:00:06",
        ["Depot:LookEvery"] = "00:00:01",
    };

    /// <summary>B's bots take three seconds to a store and three back: they are on their way when it is killed, and live they keep their lease.</summary>
    static readonly Dictionary<string, string> SlowBots = new() { ["Depot:BotSpeed"] = "15" };

    [Fact]
    public async Task What_a_killed_node_left_is_swept_by_the_other_which_takes_over_the_lists_of_its_bots_and_it_joins_again()
    {
        await using var redis = await RedisDatabase.Take();
        await using var mall = await ReplicatedMall.Start(redis, processEach: false, Impatient, SlowBots);
        var crowd = await Crowd.Enter(mall.A.Gateway);
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(new[] { mall.A, mall.B, mall.B }.Select(node => crowd.Shop(node.Gateway, stop.Token)));
        await Eventually.True(async () => (await mall.DrivenBy(mall.B)).Count >= 2, what: "bots of B are on their way");

        IReadOnlyList<(string App, JournalLine Line)> left = [];
        await mall.B.KillWhen(async () => (left = await mall.Unfinished(mall.B)).Count > 0, "B has entries to leave");
        var killed = Stopwatch.StartNew();
        var driven = await mall.DrivenBy(mall.B);
        Assert.NotEmpty(driven);

        await Eventually.True(async () => (await mall.Unfinished(mall.B)).Count == 0, SweptWithin, "B's entries are swept");
        var swept = killed.Elapsed;
        foreach (var (list, attempt) in driven)
            Assert.Equal(attempt + 1, (await mall.A.Gateway.Until($"/api/shopping-lists/{list}", answer => answer.Text("status") == "completed")).Number("attempt"));
        var takenOver = killed.Elapsed;
        var before = crowd.Accepted.Count;
        await Eventually.True(() => Task.FromResult(crowd.Accepted.Count > before + 2), what: "the mall goes on");
        await stop.CancelAsync();
        await load;

        var since = (await mall.Journal(mall.B, Apps.Baskets)).Count;
        await mall.B.Start();
        var again = await Crowd.Enter(mall.B.Gateway);
        using var enough = new CancellationTokenSource();
        var joined = again.Shop(mall.B.Gateway, enough.Token);
        await Eventually.True(async () => again.Accepted.Count > 1 && (await mall.Journal(mall.B, Apps.Baskets)).Count > since, what: "B takes its turns");
        await enough.CancelAsync();
        await joined;

        foreach (var (order, status) in crowd.Accepted.Concat(again.Accepted))
            await mall.B.Gateway.Until($"/api/orders/{order}", answer => answer.Code == 200 && answer.Text("status") == status);
        var report = await Audited.NothingIsWrong(mall.Access);
        Assert.True(report.Checked["orders"] >= crowd.Accepted.Count + again.Accepted.Count);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{left.Count} entries swept after {swept.TotalSeconds:0.0} s, {driven.Count} lists taken over after {takenOver.TotalSeconds:0.0} s, {report.Checked["orders"]} orders");
    }
}

using System.Diagnostics;
using MallBots.Contracts;
using MallBots.Mall.Tests.Audit;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Replicas;

/// <summary>
/// The long form: every service and every sidecar a process of its own, 38 of them started at the same moment, with the defaults of the journal. One
/// replica of each service is killed in turn under load, and started again.
/// </summary>
public sealed class EachReplicaKilledTests
{
    static readonly TimeSpan SweptWithin = TimeSpan.FromSeconds(30);

    static readonly Dictionary<string, string> Settings = new()
    {
        ["Depot:SimulateBots"] = "true",
        ["Depot:Bots"] = "24", // So many that lists do not pile up while those on B are slow.
        ["Depot:BotSpeed"] = "100000",
        ["Depot:BotLease"] = "00:00:20",
    };

    static readonly Dictionary<string, string> SlowBots = new() { ["Depot:BotSpeed"] = "15" };

    [Fact]
    public async Task Each_replica_that_is_killed_leaves_nothing_that_the_other_does_not_bring_to_its_end_within_thirty_seconds()
    {
        Assert.SkipUnless(LongForm.IsOn, "38 processes: in the long form only (.ci/run --long).");
        await using var redis = await RedisDatabase.Take();
        var starting = Stopwatch.StartNew();
        await using var mall = await ReplicatedMall.Start(redis, processEach: true, Settings, SlowBots);
        TestContext.Current.TestOutputHelper!.WriteLine($"38 processes are ready after {starting.Elapsed.TotalSeconds:0} s");
        var crowd = await Crowd.Enter(mall.A.Gateway);
        try
        {
            foreach (var app in mall.B.Replicas.Select(replica => replica.App)) await KillUnderLoad(mall, crowd, app);
        }
        finally
        {
            TestContext.Current.TestOutputHelper!.WriteLine(crowd.Broken);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{crowd.Accepted.Count} orders");
        foreach (var (order, status) in crowd.Accepted)
        {
            await Eventually.True(
                async () => await mall.A.Gateway.Get($"/api/orders/{order}") is { Code: 200 } answer && answer.Text("status") == status, TimeSpan.FromMinutes(2), $"the order {order} is {status}");
        }

        var report = await Audited.NothingIsWrong(mall.Access, TimeSpan.FromMinutes(3));
        Assert.True(report.Checked["orders"] >= crowd.Accepted.Count);
    }

    static async Task KillUnderLoad(ReplicatedMall mall, Crowd crowd, string app)
    {
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(
            crowd.Shop(mall.A.Gateway, stop.Token), crowd.Shop(mall.B.Gateway, stop.Token),
            app is Apps.Stores or Apps.Customers ? ComeIn(mall.A.Gateway, stop.Token) : Task.CompletedTask); // Orders change nothing of theirs.
        var before = crowd.Accepted.Count;
        await Eventually.True(async () => crowd.Accepted.Count > before + 2 && await IsAtWork(), TimeSpan.FromMinutes(1), $"{app} is at work");
        await mall.B.Kill(app);
        var killed = Stopwatch.StartNew();
        var (left, driven) = (await Unfinished(), app == Apps.Depot ? await mall.DrivenBy(mall.B) : new Dictionary<string, decimal>());

        await Eventually.True(async () => (await Unfinished()) == 0, SweptWithin, $"the entries of {app} are swept");
        var swept = killed.Elapsed;
        foreach (var (list, attempt) in driven)
        {
            await Eventually.True(
                async () => (await mall.A.Gateway.Get($"/api/shopping-lists/{list}")).Text("status") == "completed", TimeSpan.FromMinutes(1), $"the list {list} is taken over");
            Assert.Equal(attempt + 1, (await mall.A.Gateway.Get($"/api/shopping-lists/{list}")).Number("attempt"));
        }

        var killedAt = crowd.Accepted.Count;
        await Eventually.True(async () =>
        {
            if (load.IsCompleted) await load;
            return crowd.Accepted.Count > killedAt + 2;
        }, TimeSpan.FromMinutes(1), $"the mall goes on without one of two {app}");
        await mall.B.Start(app);
        await stop.CancelAsync();
        await load;
        TestContext.Current.TestOutputHelper!.WriteLine($"{app}: {left} entries swept after {swept.TotalSeconds:0.0} s, {driven.Count} lists taken over");

        // A moment at which a kill leaves something; the gateway and search keep no journal.
        async Task<bool> IsAtWork() => app switch
        {
            Apps.Gateway or Apps.Search => true,
            Apps.Depot => (await mall.DrivenBy(mall.B)).Count >= 2,
            _ => await Unfinished() > 0,
        };

        async Task<int> Unfinished() => (await mall.Journal(mall.B, app)).Count(found => !found.Line.Done);
    }

    /// <summary>New stores, products and customers without end.</summary>
    static async Task ComeIn(MallDriver mall, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested) await Crowd.Enter(mall);
    }
}

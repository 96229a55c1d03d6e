using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Documents;
using MallBots.TestKit;
using MallBots.TestKit.Exploring;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Domain.Tests.Depot;

/// <summary>
/// A bot and its list are two documents (specification 3, depot). In every interleaving of replicas that give a list away, take it back, crash and get wrong
/// answers, a list is with one bot at most, that bot is reserved for it, and what was left half-way is finished forward.
/// </summary>
public sealed class BotAndListInterleavingsTests(ITestOutputHelper output)
{
    const string List = "shopping-list.l";

    [Fact]
    public void Of_two_bots_exactly_one_gets_the_list()
    {
        var explored = Explore(crashes: 0, faults: LongForm.Rounds(0, 1), null, end =>
        {
            Assert.Equal(1, end.Results.Values.Count(result => result == "assigned"));
            var winner = end.Results.Single(result => result.Value == "assigned").Key;
            Assert.Equal($"{winner}, others idle", end.Result);
        }, Assigns("b1"), Assigns("b2"));
        Assert.True(explored.Runs > 100, explored.ToString());
    }

    [Fact]
    public void A_round_that_was_left_half_way_is_finished_forward()
    {
        var explored = Explore(crashes: 1, faults: LongForm.Rounds(0, 1), null, end =>
        {
            Assert.InRange(end.Results.Values.Count(result => result == "assigned"), 0, 1);
            // Who was told so has it; who crashed may have it; if none has, the next one gets it.
            var told = end.Results.SingleOrDefault(result => result.Value == "assigned").Key;
            Assert.Contains(end.Result, told is null ? ["b1, others idle", "b2, others idle", "b3, others idle"] : new[] { $"{told}, others idle" });
        }, Assigns("b1"), Assigns("b2"));
        Assert.True(explored.Runs > 1_000, explored.ToString());
    }

    [Fact]
    public void A_list_that_is_taken_back_while_it_is_given_away_is_with_one_bot()
    {
        var explored = Explore(crashes: LongForm.Rounds(0, 1), faults: 0, LongForm.Rounds(2, 3), end => Assert.Matches("^b[123], others idle$", end.Result), Assigns("b1"), Assigns("b2"), Lease);
        Assert.True(explored.Runs > 100_000, explored.ToString());
    }

    [Fact]
    public void A_bot_whose_list_may_still_come_is_not_freed_by_others_who_meet_it()
    {
        var explored = Explore(crashes: 1, faults: LongForm.Rounds(0, 1), null, end =>
        {
            Assert.Matches("^b[13], others idle$", end.Result);
            if (end.Results["b1"] == "assigned") Assert.Equal("b1, others idle", end.Result);
            if (end.Results["offline"] == "offline") Assert.Equal("b3, others idle", end.Result);
        }, Assigns("b1"), Offline);
        Assert.True(explored.Runs > 1_000, explored.ToString());
    }

    Explored Explore(int crashes, int faults, int? switches, Action<End> atEnd, params ExploredProcess[] processes)
    {
        var explored = new Exploration
        {
            About = key => key.StartsWith("bot.", StringComparison.Ordinal) || key == List,
            Before = Before,
            Processes = processes,
            After = After,
            Crashes = crashes,
            Faults = faults,
            Switches = switches,
            AtEachStep = OneBotAtMost,
            AtEnd = atEnd,
        }.Run();
        output.WriteLine(explored.ToString());
        return explored;
    }

    static readonly ExploredProcess Before = new("before", async world =>
    {
        var depot = Depot(world, "before");
        await depot.Documents<ShoppingList>().Put("l", CommandOf("create"), list => ShoppingList.Create(list, "l", []));
        await depot.Documents<ShoppingList>().Put("l", CommandOf("initiate"), list => ShoppingList.Initiate(list, "l"));
        foreach (var id in new[] { "b1", "b2", "b3" })
        {
            await depot.Documents<Bot>().Put(id, CommandOf($"register-{id}"), _ => Bot.Register(id, id));
            await depot.Get<Rounds>().SetOnline(id, true, CommandOf($"online-{id}"));
        }

        return "";
    });

    /// <summary>What is left half-way ends; then another bot asks for the list, as bots always do. Says who has it.</summary>
    static readonly ExploredProcess After = new("after", async world =>
    {
        var depot = Depot(world, "after");
        await TakeBack(depot, onlyHalfWay: true);
        await depot.Get<Rounds>().Assign("l", "b3", CommandOf("b3"));
        await TakeBack(depot, onlyHalfWay: true);
        var (list, _) = await depot.Documents<ShoppingList>().Find("l", CancellationToken.None);
        var busy = new List<string>();
        foreach (var id in new[] { "b1", "b2", "b3" })
            if ((await depot.Documents<Bot>().Get(id, CancellationToken.None)).Value.Reservation is not null) busy.Add(id);
        return $"{list!.BotId ?? "nobody"}, {(busy is [var one] && one == list.BotId ? "others idle" : string.Join(' ', busy) + " reserved")}";
    });

    /// <summary>A replica that finds every lease to be over.</summary>
    static readonly ExploredProcess Lease = new("lease", async world =>
    {
        await TakeBack(Depot(world, "lease"), onlyHalfWay: false);
        return "looked";
    });

    /// <summary>Sends the bot home that another one is about to give the list to.</summary>
    static readonly ExploredProcess Offline = new("offline", async world =>
    {
        var outcome = await Depot(world, "offline").Get<Rounds>().SetOnline("b1", false, CommandOf("offline"));
        return outcome.Refusal?.Code ?? "offline";
    });

    static ExploredProcess Assigns(string bot) => new(bot, async world =>
    {
        var outcome = await Depot(world, bot).Get<Rounds>().Assign("l", bot, CommandOf(bot));
        return outcome.Refusal?.Code ?? "assigned";
    });

    static async Task TakeBack(KitCore depot, bool onlyHalfWay)
    {
        foreach (var id in new[] { "b1", "b2" })
        {
            var bot = (await depot.Documents<Bot>().Get(id, CancellationToken.None)).Value;
            var list = (await depot.Documents<ShoppingList>().Get("l", CancellationToken.None)).Value;
            await depot.Get<Rounds>().TakeBack(bot, (_, _) => !onlyHalfWay || list.Status == ShoppingListStatus.Available, CommandOf($"lease-{id}"));
        }
    }

    /// <summary>The bot that a list is with is reserved for it, at every moment: it was reserved before and is freed after.</summary>
    static void OneBotAtMost(Moment moment)
    {
        var list = moment.Read<Kept<ShoppingList>>(List)!.State;
        if (list.BotId is { } bot) Assert.True(moment.Read<Kept<Bot>>($"bot.{bot}")!.State.Reservation?.IsFor("l", list.Attempt), $"The list is with {bot}, which is not reserved for it.");
    }

    static KitCore Depot(World world, string replica) => new(world, replica, service =>
    {
        service.Aggregate<ShoppingList>().Aggregate<Bot>();
        service.Services.AddSingleton<WaitingLists>().AddSingleton<Rounds>();
    });

    static Command CommandOf(string id) => new() { Id = id, Correlation = "test" };

    /// <summary>What this test reads of a document.</summary>
    sealed record Kept<T>(T State);
}

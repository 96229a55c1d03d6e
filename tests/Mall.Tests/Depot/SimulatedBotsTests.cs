using System.Net.Http.Json;
using MallBots.Contracts;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Depot;

/// <summary>Bots that work by themselves.</summary>
public sealed class SimulatedBotsTests
{
    [Fact]
    public async Task Every_list_is_collected_whole_and_all_bots_are_back()
    {
        await using var mall = await DepotMall.Start(("Depot:Bots", "3"), ("Depot:BotSpeed", "1000"));
        var lists = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => mall.Waiting($"o-{number}")));
        foreach (var list in lists) await mall.Eventually(list, Collected);
        await Eventually.True(async () => (await Bots(mall)).SequenceEqual([("bot-1", BotStatus.Idle), ("bot-2", BotStatus.Idle), ("bot-3", BotStatus.Idle)]));
        Assert.All(await Task.WhenAll(lists.Select(mall.List)), list => Assert.Equal(1, list.Attempt));
    }

    [Fact]
    public async Task The_document_of_a_bot_stays_small_however_many_rounds_it_makes()
    {
        await using var mall = await DepotMall.Start(("Depot:Bots", "1"), ("Depot:BotSpeed", "100000"));
        for (var number = 0; number < 20; number++) await mall.Waiting($"o-{number}");
        for (var number = 0; number < 20; number++) await mall.Eventually($"o-{number}", Collected);
        await Eventually.True(async () => (await mall.Bot("bot-1")).Status == BotStatus.Idle);
        var state = mall.Mall.ServicesOf(Apps.Depot).GetRequiredService<IStateStore>();
        Assert.NotNull(await state.Get("bot.bot-1.log.0", CancellationToken.None));
        Assert.InRange((await state.Get("bot.bot-1", CancellationToken.None))!.Value.Value.Length, 1, 20_000);
    }

    [Fact]
    public async Task A_bot_visits_the_stop_before_it_brings_the_list()
    {
        await using var mall = await DepotMall.Start(("Depot:Bots", "1"), ("Depot:BotSpeed", "40"));
        await mall.Waiting("o-1");
        await Eventually.True(async () => (await mall.Bot("bot-1")).At == mall.StoreId);
        await mall.Eventually("o-1", Collected);
        await Eventually.True(async () => await mall.Bot("bot-1") == new BotResource("bot-1", "Bot 1", BotStatus.Idle, null, "depot"));
    }

    [Fact]
    public async Task Two_replicas_work_no_list_twice_and_find_each_others_lists()
    {
        await using var mall = await DepotMall.Start(("Depot:Bots", "3"), ("Depot:BotSpeed", "2000"), ("Depot:LookEvery", "00:00:00.1"));
        var first = mall.Mall.ServicesOf(Apps.Depot).GetRequiredService<KitOptions>();
        await using var second = MallService.Build(MallBots.Depot.Program.Service, [], new Dictionary<string, string?>
        {
            ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["DAPR_HTTP_ENDPOINT"] = first.DaprHttpEndpoint,
            ["DAPR_GRPC_ENDPOINT"] = first.DaprGrpcEndpoint,
            ["DAPR_API_TOKEN"] = first.DaprApiToken,
            ["APP_API_TOKEN"] = first.AppApiToken,
            ["Replica:Name"] = "second",
            ["Depot:SimulateBots"] = "true",
            ["Depot:Bots"] = "3",
            ["Depot:BotSpeed"] = "2000",
            ["Depot:LookEvery"] = "00:00:00.1",
            ["Logging:LogLevel:Default"] = "Warning",
        });
        await second.StartAsync();
        var lists = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => mall.Waiting($"o-{number}")));
        foreach (var list in lists) await mall.Eventually(list, Collected);
        Assert.All(await Task.WhenAll(lists.Select(mall.List)), list => Assert.Equal(1, list.Attempt));
        await Eventually.True(async () => (await Bots(mall)).All(bot => bot.Status == BotStatus.Idle));
        await second.StopAsync();
    }

    [Fact]
    public async Task A_bot_that_was_busy_elsewhere_is_found_again_while_lists_keep_coming()
    {
        await using var mall = await DepotMall.Start(("Depot:Bots", "1"), ("Depot:BotSpeed", "100000"), ("Depot:LookEvery", "00:00:01"));
        (await mall.Api.PutAsJsonAsync("/api/bots/bot-1/online", new { online = false })).EnsureSuccessStatusCode();
        for (var number = 0; number < 5; number++) await mall.Waiting($"o-{number}");
        (await mall.Api.PutAsJsonAsync("/api/bots/bot-1/online", new { online = true })).EnsureSuccessStatusCode();

        // Never a second without a new list.
        var coming = 5;
        await Eventually.True(async () =>
        {
            await mall.Waiting($"o-{coming++}");
            return Collected(await mall.List("o-0"));
        }, TimeSpan.FromSeconds(10), "the first list is collected");
    }

    [Fact]
    public async Task After_a_restart_the_lists_on_the_way_are_taken_up_at_once()
    {
        // So slow that nothing comes back by itself, and a lease that nobody waits for.
        await using var mall = await DepotMall.Start(("Depot:Bots", "2"), ("Depot:BotSpeed", "1"), ("Depot:BotLease", "01:00:00"));
        foreach (var list in new[] { "o-1", "o-2", "o-3" }) await mall.Waiting(list);
        await mall.Eventually("o-1", list => list.Status == ShoppingListStatus.Assigned);
        await mall.Eventually("o-2", list => list.Status == ShoppingListStatus.Assigned);

        await mall.Restart(("Depot:BotSpeed", "1000"));
        foreach (var list in new[] { "o-1", "o-2", "o-3" }) await mall.Eventually(list, Collected);
        Assert.Equal((2, 2, 1), ((await mall.List("o-1")).Attempt, (await mall.List("o-2")).Attempt, (await mall.List("o-3")).Attempt));
    }

    static bool Collected(ShoppingListResource list) =>
        list.Status == ShoppingListStatus.Completed && list.Stops.SelectMany(stop => stop.Items).All(item => item.Picked == item.Quantity);

    static async Task<List<(string BotId, BotStatus Status)>> Bots(DepotMall mall) =>
        [.. (await mall.Api.GetFromJsonAsync<Page<BotResource>>("/api/bots", KitJson.Options))!.Items.Select(bot => (bot.BotId, bot.Status)).Order()];
}

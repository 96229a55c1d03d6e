using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit;
using MallBots.TestKit;
using Xunit;
using static MallBots.Mall.Tests.Depot.DepotMall;

namespace MallBots.Mall.Tests.Depot;

/// <summary>Lists and bots over HTTP, without simulated bots.</summary>
public sealed class ShoppingListsOverHttpTests : IAsyncLifetime
{
    DepotMall mall = null!;

    public async ValueTask InitializeAsync() => mall = await DepotMall.Start(("Depot:SimulateBots", "false"), ("Depot:BotLease", "00:00:02"));

    public ValueTask DisposeAsync() => mall.DisposeAsync();

    [Fact]
    public async Task A_list_goes_from_made_to_completed()
    {
        Assert.Equal(CommandAnswer.Approved, await mall.Create("o-1"));
        var list = await mall.List("o-1");
        Assert.Equal((ShoppingListStatus.Pending, 1, null), (list.Status, list.Attempt, list.BotId));
        var stop = Assert.Single(list.Stops);
        Assert.Equal((mall.StoreId, "Leaf & Kettle", "Level 1, A-03"), (stop.StoreId, stop.StoreName, stop.Location));
        Assert.Equal([new ShoppingItem(mall.Tea, "Darjeeling", 3, 0), new ShoppingItem(mall.Mug, "Mug", 1, 0)], stop.Items);

        var bot = await mall.IdleBot("Rolly");
        await Expect(HttpStatusCode.Conflict, "list-not-available", mall.Assign("o-1", bot));
        Assert.Equal(CommandAnswer.Approved, await mall.Initiate("o-1"));
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-1", bot));
        Assert.Equal((BotStatus.Active, "o-1"), ((await mall.Bot(bot)).Status, (await mall.Bot(bot)).ShoppingListId));
        await Expect(HttpStatusCode.Conflict, "bot-not-idle", mall.Api.PutAsJsonAsync($"/api/bots/{bot}/online", new { online = false }));
        Assert.Equal("shopping-already-started", (await mall.Cancel("o-1")).Code);

        await Expect(HttpStatusCode.OK, null, mall.Pick("o-1", bot, mall.Tea, 2));
        Assert.Equal(ShoppingListStatus.Active, (await mall.List("o-1")).Status);
        Assert.Equal(mall.StoreId, (await mall.Bot(bot)).At);
        await Expect(HttpStatusCode.Conflict, "pick-too-many", mall.Pick("o-1", bot, mall.Tea, 2));
        await Expect(HttpStatusCode.Conflict, "not-your-list", mall.Pick("o-1", "another", mall.Tea, 1));

        await Expect(HttpStatusCode.OK, null, mall.Complete("o-1", bot));
        await Expect(HttpStatusCode.OK, null, mall.Complete("o-1", bot));
        await Expect(HttpStatusCode.Conflict, "not-your-list", mall.Complete("o-1", "another"));
        var completed = await mall.List("o-1");
        Assert.Equal((ShoppingListStatus.Completed, bot), (completed.Status, completed.BotId));
        Assert.Equal([2, 0], completed.Stops[0].Items.Select(item => item.Picked));
        Assert.Equal(new BotResource(bot, "Rolly", BotStatus.Idle, null, "depot"), await mall.Bot(bot));
    }

    [Fact]
    public async Task A_product_that_is_unknown_or_removed_refuses_the_list_and_says_which()
    {
        var gone = await mall.AddProduct("Rooibos", "R-1");
        await mall.RemoveProduct(gone);
        var refused = await mall.Create("o-1", new(mall.Tea, mall.StoreId, 1), new(gone, mall.StoreId, 1), new("nothing", mall.StoreId, 1));
        Assert.Equal((AnswerOutcome.Refused, "product-unavailable"), (refused.Outcome, refused.Code));
        Assert.Contains(gone, refused.Text);
        Assert.Contains("nothing", refused.Text);
        Assert.DoesNotContain(mall.Tea, refused.Text);
        Assert.Equal("product-unavailable", (await mall.Create("o-2", new ItemToCollect(mall.Tea, "nowhere", 1))).Code);
    }

    [Fact]
    public async Task A_create_that_comes_after_the_cancel_is_refused()
    {
        Assert.Equal(CommandAnswer.Approved, await mall.Cancel("o-1"));
        Assert.Equal(CommandAnswer.Approved, await mall.Cancel("o-1"));
        Assert.Equal("shopping-list-canceled", (await mall.Create("o-1")).Code);
        Assert.Equal("shopping-list-canceled", (await mall.Initiate("o-1")).Code);
        Assert.Equal(ShoppingListStatus.Canceled, (await mall.List("o-1")).Status);
    }

    [Fact]
    public async Task Of_many_bots_at_once_exactly_one_gets_the_list_and_the_others_stay_idle()
    {
        await mall.Waiting("o-1");
        var bots = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => mall.IdleBot($"Bot {number}")));
        var answers = await Task.WhenAll(bots.Select(bot => mall.Assign("o-1", bot)));
        var winner = Assert.Single(bots, bot => answers[Array.IndexOf(bots, bot)].StatusCode == HttpStatusCode.OK);
        Assert.All(answers.Where(answer => answer.StatusCode != HttpStatusCode.OK), answer => Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode));
        Assert.Equal(winner, (await mall.List("o-1")).BotId);
        foreach (var bot in bots) Assert.Equal(bot == winner ? BotStatus.Active : BotStatus.Idle, (await mall.Bot(bot)).Status);
    }

    [Fact]
    public async Task Of_many_lists_at_once_a_bot_gets_exactly_one()
    {
        var bot = await mall.IdleBot("Rolly");
        var lists = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => mall.Waiting($"o-{number}")));
        var answers = await Task.WhenAll(lists.Select(list => mall.Assign(list, bot)));
        var won = Assert.Single(lists, list => answers[Array.IndexOf(lists, list)].StatusCode == HttpStatusCode.OK);
        Assert.Equal(won, (await mall.Bot(bot)).ShoppingListId);
        foreach (var list in lists) Assert.Equal(list == won ? bot : null, (await mall.List(list)).BotId);
    }

    [Fact]
    public async Task A_repetition_with_the_same_key_changes_nothing()
    {
        var bot = await mall.IdleBot("Rolly");
        await mall.Waiting("o-1");
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-1", bot, "a"));
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-1", bot, "a"));
        await Expect(HttpStatusCode.UnprocessableEntity, "idempotency-key-reused", mall.Assign("o-1", "another", "a"));
        await Expect(HttpStatusCode.OK, null, mall.Pick("o-1", bot, mall.Tea, 1, "p"));
        await Expect(HttpStatusCode.OK, null, mall.Pick("o-1", bot, mall.Tea, 1, "p"));
        Assert.Equal(1, (await mall.List("o-1")).Stops[0].Items[0].Picked);
        await Expect(HttpStatusCode.OK, null, mall.Complete("o-1", bot, everything: true, key: "c"));
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-1", bot, "a"));
        Assert.Equal([3, 1], (await mall.List("o-1")).Stops[0].Items.Select(item => item.Picked));
        Assert.Equal(BotStatus.Idle, (await mall.Bot(bot)).Status);
    }

    [Fact]
    public async Task A_bot_that_makes_no_progress_loses_its_list_with_its_picks_to_another()
    {
        var (dead, other) = (await mall.IdleBot("Dead"), await mall.IdleBot("Other"));
        await mall.Waiting("o-1");
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-1", dead));
        await Expect(HttpStatusCode.OK, null, mall.Pick("o-1", dead, mall.Tea, 2));
        await mall.Eventually("o-1", list => list.Status == ShoppingListStatus.Available);
        Assert.Equal(2, (await mall.List("o-1")).Attempt);
        Assert.Equal("shopping-already-started", (await mall.Cancel("o-1")).Code);
        await Expect(HttpStatusCode.Conflict, "not-your-list", mall.Pick("o-1", dead, mall.Tea, 1));
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-1", other));
        await Expect(HttpStatusCode.OK, null, mall.Pick("o-1", other, mall.Tea, 1));
        await Expect(HttpStatusCode.OK, null, mall.Complete("o-1", other));
        Assert.Equal([3, 0], (await mall.List("o-1")).Stops[0].Items.Select(item => item.Picked));
        await Eventually.True(async () => (await mall.Bot(dead)).Status == BotStatus.Idle);
    }

    [Fact]
    public async Task A_bot_that_was_reserved_and_never_got_its_list_is_freed_after_the_list_went_on_to_its_next_attempt()
    {
        var bot = await mall.IdleBot("Rolly");
        await mall.Waiting("o-1");
        await mall.Half<Bot>(bot, half => half.Reserve("o-1", 1, null)); // As after a crash between the two documents.
        await Expect(HttpStatusCode.Conflict, "bot-not-idle", mall.Api.PutAsJsonAsync($"/api/bots/{bot}/online", new { online = false }));
        await Eventually.True(async () => (await mall.Bot(bot)).Status == BotStatus.Idle);
        var list = await mall.List("o-1");
        Assert.Equal((ShoppingListStatus.Available, 2), (list.Status, list.Attempt));
        Assert.Equal(CommandAnswer.Approved, await mall.Cancel("o-1")); // No bot has had it.
    }

    [Fact]
    public async Task A_bot_whose_list_is_completed_takes_the_next_at_once_although_nobody_freed_it()
    {
        var bot = await mall.IdleBot("Rolly");
        await mall.Waiting("o-1");
        await mall.Waiting("o-2");
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-1", bot));
        await mall.Half<ShoppingList>("o-1", half => half.Complete(bot, everything: true)); // As after a crash before the bot was freed.
        Assert.Equal(BotStatus.Active, (await mall.Bot(bot)).Status);
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-2", bot));
        Assert.Equal("o-2", (await mall.Bot(bot)).ShoppingListId);
    }

    [Fact]
    public async Task A_half_done_assignment_is_brought_to_its_end_by_its_repetition()
    {
        var bot = await mall.IdleBot("Rolly");
        await mall.Waiting("o-1");
        await mall.Half<Bot>(bot, half => half.Reserve("o-1", 1, null));
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-1", bot));
        Assert.Equal((bot, 1), ((await mall.List("o-1")).BotId, (await mall.List("o-1")).Attempt));
    }

    [Fact]
    public async Task The_OpenAPI_document_has_every_call()
    {
        var paths = (await mall.Api.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths").EnumerateObject().Select(path => path.Name);
        Assert.Equal(
            [
                "/api/bots", "/api/bots/{botId}", "/api/bots/{botId}/online", "/api/shopping-lists", "/api/shopping-lists/{shoppingListId}",
                "/api/shopping-lists/{shoppingListId}/assign", "/api/shopping-lists/{shoppingListId}/complete", "/api/shopping-lists/{shoppingListId}/pick",
            ],
            paths.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Lists_are_found_by_status_and_bot_and_the_longest_waiting_comes_first()
    {
        var bot = await mall.IdleBot("Rolly");
        for (var number = 0; number < 5; number++) await mall.Waiting($"o-{number}");
        await mall.Create("o-pending");
        await Expect(HttpStatusCode.OK, null, mall.Assign("o-2", bot));

        async Task<List<string>> Find(string query)
        {
            List<string> found = [];
            for (var cursor = ""; cursor is not null;)
            {
                var page = await mall.Api.GetFromJsonAsync<Page<ShoppingListResource>>($"/api/shopping-lists?limit=2&{query}{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}", KitJson.Options);
                found.AddRange(page!.Items.Select(list => list.ShoppingListId));
                cursor = page.Next;
            }

            return found;
        }

        await Eventually.True(async () => (await Find("status=available")).SequenceEqual(["o-0", "o-1", "o-3", "o-4"]));
        await Eventually.True(async () => (await Find("")).SequenceEqual(["o-pending", "o-4", "o-3", "o-2", "o-1", "o-0"]));
        Assert.Equal(["o-2"], await Find("status=assigned"));
        Assert.Equal(["o-2"], await Find($"botId={bot}"));
        Assert.Equal(["o-pending"], await Find("status=pending"));
        Assert.Empty(await Find("status=active"));
        Assert.Empty(await Find($"status=available&botId={bot}"));
    }
}

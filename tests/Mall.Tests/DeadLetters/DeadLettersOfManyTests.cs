using System.Text;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Mall.Tests.DeadLetters;

/// <summary>Dead letters of several services at once, through the gateway, while others are away: that is when they are looked at.</summary>
public sealed class DeadLettersOfManyTests : IAsyncLifetime
{
    static readonly string[] Listeners = [Apps.Baskets, Apps.Depot, Apps.Search];
    LocalMall mall = null!;
    MallDriver gateway = null!;

    public async ValueTask InitializeAsync()
    {
        mall = await LocalMall.StartAsync(new LocalMallOptions { Apps = [Apps.Gateway, .. Listeners], LogLevel = LogLevel.Error });
        gateway = new MallDriver(mall[Apps.Gateway]);
    }

    public async ValueTask DisposeAsync()
    {
        gateway.Dispose();
        await mall.DisposeAsync();
    }

    [Fact]
    public async Task What_answers_is_listed_and_who_did_not_is_named()
    {
        foreach (var app in Listeners) await Poison(app, "s-1");
        var page = (await gateway.Get("/api/dead-letters")).Expect(200).Body;
        Assert.Equal(Listeners.Order(), Letters(page).Select(letter => letter.App).Order());
        Assert.Equal([Apps.Customers, Apps.Notifications, Apps.OrderWorkflow, Apps.Ordering, Apps.Payments, Apps.Stores], Unanswered(page));
        Assert.Empty(Unanswered((await gateway.Get("/api/dead-letters?app=depot")).Expect(200).Body));

        await mall.StopServiceAsync(Apps.Depot);
        page = (await gateway.Get("/api/dead-letters")).Expect(200).Body;
        Assert.Equal([Apps.Baskets, Apps.Search], Letters(page).Select(letter => letter.App).Order());
        Assert.Contains(Apps.Depot, Unanswered(page));
        (await gateway.Get("/api/dead-letters?app=depot")).ExpectProblem(503, "unavailable");

        // One that answers, but without its store, does not answer with its letters either.
        mall.Sidecars.Traps.StateIsAway = true;
        (await gateway.Get("/api/dead-letters?app=baskets")).ExpectProblem(503, "unavailable");
        (await gateway.Get("/api/dead-letters")).ExpectProblem(503, "unavailable");
        mall.Sidecars.Traps.StateIsAway = false;
        Assert.Equal([Apps.Baskets, Apps.Search], Letters((await gateway.Get("/api/dead-letters")).Expect(200).Body).Select(letter => letter.App).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Pages_over_all_services_show_each_letter_once_the_last_to_fail_first_while_letters_come_and_go(int limit)
    {
        for (var store = 0; store < 4; store++)
            foreach (var app in Listeners) await Poison(app, $"s-{store}");
        var all = Letters((await gateway.Get("/api/dead-letters")).Expect(200).Body);
        Assert.Equal(12, all.Count);
        Assert.Equal(all.OrderByDescending(letter => letter.LastAt).Select(letter => (letter.App, letter.Id)), all.Select(letter => (letter.App, letter.Id)));

        List<(string App, string Id)> seen = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await gateway.Get($"/api/dead-letters?limit={limit}{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}")).Expect(200).Body;
            var letters = Letters(page);
            Assert.InRange(letters.Count, 1, limit);
            seen.AddRange(letters.Select(letter => (letter.App, letter.Id)));
            cursor = page.GetProperty("next").GetString();
            await Poison(Apps.Search, $"new-{seen.Count}"); // It stands before what is read already.
            if (seen.Count < 12) (await gateway.Delete($"/api/dead-letters/{seen[0].App}/{seen[0].Id}")).Expect(204);
        }

        Assert.Equal(all.Select(letter => (letter.App, letter.Id)), seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Those_that_failed_in_the_same_moment_are_shown_once_each_by_app_and_id(int limit)
    {
        var moment = new DateTimeOffset(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
        string[] ids = ["stores-store-a", "stores-store-b", "stores-store-c"];
        foreach (var app in Listeners)
        {
            var store = mall.ServicesOf(app).GetRequiredService<IStateStore>();
            foreach (var id in ids) Assert.True(await store.Save($"dead-letter.{id}", KitJson.Write(new DeadLetter(id, Topics.Store.Name, 1, "X", "x", 1, moment, moment, "{}")), null, TestContext.Current.CancellationToken));
            Assert.True(await store.Save("set-dead-letters.members.0", KitJson.Write(ids.ToDictionary(id => id, _ => moment.UtcTicks)), null, TestContext.Current.CancellationToken));
        }

        List<(string App, string Id)> seen = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await gateway.Get($"/api/dead-letters?limit={limit}{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}")).Expect(200).Body;
            seen.AddRange(Letters(page).Select(letter => (letter.App, letter.Id)));
            Assert.InRange(seen.Count, 1, 9);
            cursor = page.GetProperty("next").GetString();
        }

        Assert.Equal(from app in Listeners.Order(StringComparer.Ordinal) from id in ids select (app, id), seen);
    }

    async Task Poison(string app, string store)
    {
        using var http = WatchedHttp.Client(mall[app]);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/events/{Topics.Store.Name}")
        {
            Content = new StringContent($$$"""{"id":"store.{{{store}}}.1","subject":"{{{store}}}","aggregateversion":"1","data":{"value":5}}""", Encoding.UTF8, "application/cloudevents+json"),
        };
        request.Headers.Add("dapr-api-token", mall.ServicesOf(app).GetRequiredService<KitOptions>().AppApiToken);
        using var answer = await http.SendAsync(request);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    static List<(string App, string Id, DateTimeOffset LastAt)> Letters(JsonElement page) =>
    [
        .. from item in page.GetProperty("items").EnumerateArray()
           let letter = item.GetProperty("deadLetter")
           select (item.GetProperty("app").GetString()!, letter.GetProperty("id").GetString()!, letter.GetProperty("lastAt").GetDateTimeOffset()),
    ];

    static IEnumerable<string?> Unanswered(JsonElement page) => page.GetProperty("unanswered").EnumerateArray().Select(app => app.GetString());
}

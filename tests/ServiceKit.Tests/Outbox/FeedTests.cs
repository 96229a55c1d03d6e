using System.Net;
using System.Net.Http.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>Where GET /internal/changes begins and ends, also between services of two versions (specification 2, between services).</summary>
public sealed class FeedTests : IAsyncLifetime
{
    const string Gone = "gone";
    readonly MemoryStateStore store = new();
    ListeningService owner = null!;

    public ValueTask InitializeAsync() => new(Start(keepFeed: "7.00:00:00"));

    public ValueTask DisposeAsync() => owner.DisposeAsync();

    [Fact]
    public async Task Without_after_it_begins_at_the_beginning_and_leads_to_the_end()
    {
        await Count(130);
        List<string> seen = [];
        string? last = null;
        await Eventually.True(async () => await Walk() == 130); // The last ones are shown as soon as they are settled.
        Assert.Equal(Enumerable.Range(0, 130).Select(number => $"c{number}").Order(), seen.Order());
        await owner.Services.GetRequiredService<JournalWriter>().Flush();
        Page<EntityItem<object>> end = null!;
        await Eventually.True(async () => (end = await Changes("?after=end")).Next == last); // It lags behind: up to the first that is not done.
        Assert.Empty(end.Items);
        Assert.Equal(HttpStatusCode.BadRequest, (await owner.Client.GetAsync("/internal/changes?after=nonsense")).StatusCode);

        async Task<int> Walk()
        {
            seen.Clear();
            var page = await Changes("?limit=50");
            Assert.InRange(page.Items.Count, 1, 50);
            for (; page.Items.Count > 0; page = await Changes($"?limit=50&after={page.Next}")) seen.AddRange(page.Items.Select(item => item.Id));
            last = page.Next;
            return seen.Count;
        }
    }

    [Fact]
    public async Task Where_the_beginning_has_expired_it_is_410_and_a_service_of_an_earlier_version_gets_the_end_that_it_asks_for_so()
    {
        await Expired();
        Assert.Equal(Gone, await Ask("", caller: false));
        var end = (await Changes("?after=end")).Next;
        Assert.Equal(end, await Ask("", caller: true)); // It takes the page's next for the end.
        Assert.Equal(Gone, await Ask($"?after={Feed.Beginning}", caller: true)); // Its cursor is too old: it walks all, and then asks as above.
    }

    [Fact]
    public async Task A_service_of_an_earlier_version_walks_from_the_beginning_and_loses_nothing_where_that_is_kept()
    {
        await Count(5);
        var taken = await Ask("?limit=3", caller: true); // For the end.
        await owner.Services.GetRequiredService<Documents.Documents<Counter>>().Put("late", KitProcess.CommandOf("late"), _ => new Counted("late"));
        await Eventually.True(async () => (await Changes($"?after={taken}")).Items.Any(item => item.Id == "late"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_consumer_finds_the_end_of_an_owner_of_this_version_and_of_an_earlier_one(bool earlier)
    {
        // The owner as it answers through a sidecar.
        await using var both = await ListeningService.Start(new ServiceDefinition(Apps.Stores, service => service.Routes(routes => routes.MapGet(
            "/v1.0/invoke/stores/method/internal/changes",
            (string? after) => (after, earlier) is ("end", false) or (null, true)
                ? Results.Json(new Page<EntityItem<object>>([], "the-end"), KitJson.Options)
                : Results.Problem(statusCode: 400)))));
        var peers = new Peers(new KitOptions { AppId = Apps.Baskets, AppApiToken = "t", DaprGrpcEndpoint = "", DaprHttpEndpoint = both.Client.BaseAddress!.ToString().TrimEnd('/') });
        Assert.Equal("the-end", await peers.FeedEnd(Apps.Stores, CancellationToken.None));
    }

    [Fact]
    public async Task A_process_that_ends_between_deleting_a_chunk_and_moving_the_head_does_not_hide_that_it_has_expired()
    {
        await Restart(keepFeed: "00:00:00");
        await Count(250);
        var log = owner.Services.GetRequiredService<JournalWriter>().Own;
        await Eventually.True(async () =>
        {
            await owner.Services.GetRequiredService<JournalWriter>().Flush();
            await owner.Services.GetRequiredService<Sweep>().SweepAll(start: false, CancellationToken.None);
            return store.Values.TryGetValue($"journal.{log}", out var head) && KitJson.Read<JournalHead>(head.Value) is { First: >= 2 };
        });
        var moved = store.Values[$"journal.{log}"];
        await store.Save($"journal.{log}", KitJson.Write(KitJson.Read<JournalHead>(moved.Value) with { First = 0 }), moved.ETag, CancellationToken.None);
        await owner.Services.GetRequiredService<Sweep>().SweepAll(start: false, CancellationToken.None);
        Assert.Equal(Gone, await Ask("", caller: false));
    }

    /// <summary>The first chunk of the log is done, and too old to be kept.</summary>
    async Task Expired()
    {
        await Restart(keepFeed: "00:00:00");
        await Count(150);
        await Eventually.True(async () =>
        {
            await owner.Services.GetRequiredService<JournalWriter>().Flush();
            await owner.Services.GetRequiredService<Sweep>().SweepAll(start: false, CancellationToken.None);
            return await Ask("", caller: false) == Gone;
        });
    }

    async Task Restart(string keepFeed)
    {
        await owner.DisposeAsync();
        await Start(keepFeed);
    }

    async Task Start(string keepFeed)
    {
        owner = await ListeningService.Start(
            new ServiceDefinition(Apps.Stores, service => service.Aggregate<Counter>()),
            services => services.AddSingleton<IStateStore>(store).AddSingleton<IBroker>(new TestBroker()),
            new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None", ["Journal:KeepFeed"] = keepFeed });
        owner.Client.DefaultRequestHeaders.Add("dapr-api-token", ListeningService.Token);
    }

    async Task Count(int counters)
    {
        var documents = owner.Services.GetRequiredService<Documents.Documents<Counter>>();
        for (var number = 0; number < counters; number++)
        {
            var id = $"c{number}";
            await documents.Put(id, KitProcess.CommandOf(id), _ => new Counted(id));
        }
    }

    async Task<Page<EntityItem<object>>> Changes(string query) => (await owner.Client.GetFromJsonAsync<Page<EntityItem<object>>>($"/internal/changes{query}", KitJson.Options))!;

    async Task<string?> Ask(string query, bool caller)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/internal/changes{query}");
        if (caller) request.Headers.Add(Peers.Caller, Apps.Baskets);
        using var answer = await owner.Client.SendAsync(request);
        if (answer.StatusCode == HttpStatusCode.Gone) return Gone;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<Page<EntityItem<object>>>(KitJson.Options))!.Next;
    }
}

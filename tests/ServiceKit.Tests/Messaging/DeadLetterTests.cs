using System.Net;
using System.Net.Http.Json;
using System.Text;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.ServiceKit.Tests.Outbox;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.ServiceKit.Tests.Messaging;

/// <summary>Dead letters as operators need them: what they tell, and what redriving and dropping does (architecture 3).</summary>
public sealed class DeadLetterTests : IAsyncLifetime
{
    const string Letter = "/internal/dead-letters/stores-store-s";
    static readonly DateTimeOffset Spring = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    readonly UnreliableStore store = new();
    readonly Defect defect = new();
    readonly Calendar calendar = new() { Now = Spring };
    ListeningService service = null!;

    HttpClient Client => service.Client;

    public async ValueTask InitializeAsync()
    {
        // A copy that moves by version, and a reaction that does what its own document lacks.
        var definition = new ServiceDefinition(Apps.Baskets, service => service
            .Aggregate<Counter>()
            .Subscribe(on => on.React<StoreResource, Defect>(Topics.Store).Replicate(Topics.Store, store => new Shown(store.Name)).React<StoreResource, CountsOnce>(Topics.Store)));
        service = await ListeningService.Start(
            definition,
            services => services.AddSingleton<IStateStore>(store).AddSingleton<IBroker>(new TestBroker()).AddSingleton<TimeProvider>(calendar).AddSingleton(defect),
            new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None" });
        Client.DefaultRequestHeaders.Add("dapr-api-token", ListeningService.Token);
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task It_tells_why_since_when_how_often_and_keeps_the_whole_event()
    {
        defect.Now = new InvalidOperationException("a defect");
        for (var minute = 0; minute < 10; minute++)
        {
            calendar.Now = Spring.AddMinutes(minute);
            await Deliver(Event(7));
        }

        Assert.Equal(
            new DeadLetter("stores-store-s", "mallbots.stores.store", 7, "InvalidOperationException", "a defect", 10, Spring, Spring.AddMinutes(9), Event(7)),
            await Look());
        Assert.Equal("""{"status":"degraded","reasons":["1 dead letters."]}""", await Client.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task Deliveries_at_the_same_time_count_each_attempt_once()
    {
        defect.Now = new InvalidOperationException("a defect");
        for (var time = 0; time < 9; time++) await Deliver(Event(7));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Deliver(Event(7))));
        Assert.InRange((await Look())!.Attempts, 10, 49); // Fewer than there were: the last ones are not enough for another letter.
    }

    [Fact]
    public async Task A_redrive_that_fails_again_keeps_it_with_the_new_reason_one_attempt_more_and_a_later_time()
    {
        await Bury(7);
        var before = (await Look())!;
        calendar.Now = Spring.AddDays(1);
        defect.Now = new NotSupportedException("another defect");
        Assert.Equal(HttpStatusCode.Conflict, await Redrive());
        Assert.Equal(
            before with { ExceptionType = "NotSupportedException", Message = "another defect", Attempts = before.Attempts + 1, LastAt = Spring.AddDays(1) },
            await Look());
    }

    [Fact]
    public async Task A_passing_fault_while_it_is_redriven_leaves_it_as_it_is()
    {
        await Bury(7);
        var before = await Look();
        defect.Now = new UnavailableException("away");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Redrive());
        Assert.Equal(before, await Look());
    }

    [Fact]
    public async Task A_redriven_event_has_its_effect_once()
    {
        await Bury(7);
        Assert.Equal(0, (await Counters.Find("s", CancellationToken.None)).Version);
        defect.Now = null;
        var redriven = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Redrive()));
        Assert.Contains(HttpStatusCode.NoContent, redriven);
        Assert.All(redriven, status => Assert.Contains(status, new[] { HttpStatusCode.NoContent, HttpStatusCode.NotFound }));
        Assert.Equal(HttpStatusCode.NotFound, await Redrive());
        await Deliver(Event(7)); // And if the broker has it still.
        Assert.Equal(1, (await Counters.Get("s", CancellationToken.None)).Value.Count);
        Assert.Equal((7L, "Tea 7"), await Copy());
        Assert.Empty(await List());
    }

    [Fact]
    public async Task Redriven_months_later_it_overwrites_nothing_newer()
    {
        await Bury(7);
        defect.Now = null;
        for (var version = 8; version < 60; version++) await Deliver(Event(version));
        calendar.Now = Spring.AddMonths(9);
        Assert.NotNull(await Look()); // Nobody but an operator takes it away.
        Assert.Equal(HttpStatusCode.NoContent, await Redrive());
        Assert.Equal((59L, "Tea 59"), await Copy());
        Assert.Equal(1, (await Counters.Get("s", CancellationToken.None)).Value.Count);
        Assert.Null(await Look());
        Assert.Contains("\"ready\"", await Client.GetStringAsync("/readyz"));
    }

    [Fact]
    public async Task A_higher_version_replaces_it_and_a_lower_one_does_not()
    {
        await Bury(7);
        calendar.Now = Spring.AddHours(1);
        await Bury(9);
        var newest = (await Look())!;
        Assert.Equal((9L, 10, Spring.AddHours(1), Event(9)), (newest.Version, newest.Attempts, newest.FirstAt, newest.Event));
        await Bury(8);
        Assert.Equal(newest, await Look());
    }

    [Fact]
    public async Task The_same_event_again_adds_its_attempts()
    {
        await Bury(7);
        calendar.Now = Spring.AddHours(1);
        await Bury(7);
        var letter = (await Look())!;
        Assert.Equal((20, Spring, Spring.AddHours(1)), (letter.Attempts, letter.FirstAt, letter.LastAt));
    }

    [Fact]
    public async Task A_save_that_is_carried_out_although_the_store_said_no_counts_its_attempts_once()
    {
        store.Denies = key => key == "dead-letter.stores-store-s";
        await Bury(7);
        Assert.Equal(10, (await Look())!.Attempts);
        Assert.Single(await List());
    }

    [Fact]
    public async Task One_that_is_kept_while_another_is_dropped_stays_in_the_list()
    {
        await Bury(7);
        // The event comes again between the two steps of dropping.
        store.AfterDelete = () => Bury(7);
        Assert.Equal(HttpStatusCode.NoContent, (await Client.DeleteAsync(Letter)).StatusCode);
        Assert.NotNull(await Look());
        Assert.Single(await List());
    }

    [Fact]
    public async Task One_of_a_topic_that_nobody_here_handles_any_more_can_be_looked_at_and_dropped_but_not_redriven()
    {
        var old = new DeadLetter("stores-store-s", "mallbots.stores.mall", 7, "X", "x", 1, Spring, Spring, Event(7));
        await store.Save("dead-letter.stores-store-s", KitJson.Write(old), null, CancellationToken.None);
        var answer = await Client.PostAsync($"{Letter}/redrive", null);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("Nothing here handles mallbots.stores.mall any more.", await answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NoContent, (await Client.DeleteAsync(Letter)).StatusCode);
        Assert.Null(await Look());
    }

    Documents<Counter> Counters => service.Services.GetRequiredService<Documents<Counter>>();

    /// <summary>Delivers a version until it is a dead letter.</summary>
    async Task Bury(int version)
    {
        defect.Now = new InvalidOperationException("a defect");
        for (var attempt = 1; attempt < 10; attempt++) Assert.Equal(HttpStatusCode.InternalServerError, await Deliver(Event(version)));
        Assert.Equal(HttpStatusCode.OK, await Deliver(Event(version)));
    }

    static string Event(int version) =>
        $$$"""{"id":"store.s.{{{version}}}","subject":"s","aggregateversion":"{{{version}}}","data":{"value":{"storeId":"s","name":"Tea {{{version}}}","location":"A","participating":true},"removed":false}}""";

    async Task<HttpStatusCode> Deliver(string cloudEvent) =>
        (await Client.PostAsync("/events/mallbots.stores.store", new StringContent(cloudEvent, Encoding.UTF8, "application/cloudevents+json"))).StatusCode;

    async Task<HttpStatusCode> Redrive() => (await Client.PostAsync($"{Letter}/redrive", null)).StatusCode;

    async Task<DeadLetter?> Look() =>
        await Client.GetAsync(Letter) is { StatusCode: HttpStatusCode.OK } found ? await found.Content.ReadFromJsonAsync<DeadLetter>(KitJson.Options) : null;

    async Task<IReadOnlyList<DeadLetter>> List() => (await Client.GetFromJsonAsync<Page<DeadLetter>>("/internal/dead-letters", KitJson.Options))!.Items;

    async Task<(long Version, string Name)> Copy()
    {
        var copy = await service.Services.GetRequiredService<Replicas<Shown>>().Find("s", Freshness.Copy, CancellationToken.None);
        return (copy!.Version, copy.Value.Name);
    }

    sealed record Shown(string Name);

    /// <summary>What is wrong with the service at present, if anything.</summary>
    sealed class Defect : IReaction<StoreResource>
    {
        public Exception? Now { get; set; }

        public Task See(Seen<StoreResource> seen, CancellationToken cancel) => Now is { } wrong ? throw wrong : Task.CompletedTask;
    }

    /// <summary>Each store is counted, once.</summary>
    sealed class CountsOnce(Documents<Counter> counters) : IReaction<StoreResource>
    {
        public Task See(Seen<StoreResource> seen, CancellationToken cancel) =>
            counters.Put(seen.Id, seen.Command("count", cancel), counter => counter is null ? new Counted(seen.Id) : Decision.Nothing);
    }

    /// <summary>The real time but for the date, which a test sets.</summary>
    sealed class Calendar : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    sealed class UnreliableStore : MemoryStateStore
    {
        /// <summary>Saves of these keys are carried out and answered with no (fact S11).</summary>
        public Func<string, bool> Denies { get; set; } = _ => false;

        /// <summary>Happens once, when a key was deleted, before that is answered.</summary>
        public Func<Task>? AfterDelete { get; set; }

        public override async Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel) =>
            await base.Save(key, value, etag, cancel) && !Denies(key);

        public override async Task<bool> Delete(string key, string etag, CancellationToken cancel)
        {
            var deleted = await base.Delete(key, etag, cancel);
            var (then, _) = (AfterDelete, AfterDelete = null);
            if (then is not null) await then();
            return deleted;
        }
    }
}

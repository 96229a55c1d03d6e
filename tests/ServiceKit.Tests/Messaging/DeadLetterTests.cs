using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
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

    [Fact]
    public async Task They_are_listed_in_pages_the_last_to_fail_first_however_they_come_and_go()
    {
        for (var store = 0; store < 7; store++)
        {
            calendar.Now = Spring.AddMinutes(store / 2); // Two fail at the same time.
            await Deliver(Poison($"s{store}"));
        }

        var first = await Page("?limit=3");
        Assert.Equal(["s6", "s4", "s5"], Stores(first));
        calendar.Now = Spring.AddHours(1);
        await Deliver(Poison("s0")); // One moves to the front,
        await Deliver(Poison("s9")); // one comes,
        await Client.DeleteAsync("/internal/dead-letters/stores-store-s3"); // one goes.
        var second = await Page($"?limit=3&cursor={first.Next}");
        Assert.Equal(["s2", "s1"], Stores(second));
        Assert.Null(second.Next);
        Assert.Equal(["s0", "s9", "s6"], Stores(await Page("?limit=3")));
        Assert.Equal(HttpStatusCode.BadRequest, (await Client.GetAsync("/internal/dead-letters?cursor=x")).StatusCode);

        static IEnumerable<string> Stores(Page<DeadLetter> page) => page.Items.Select(letter => letter.Id["stores-store-".Length..]);
    }

    [Fact]
    public async Task What_a_process_that_ended_left_of_the_list_is_put_right_by_looking_at_it()
    {
        await Deliver(Poison("s1"));
        await Deliver(Poison("s2"));
        // It ended after it had deleted the one, and after it had saved the other's new time.
        await store.Delete("dead-letter.stores-store-s1", store.Values["dead-letter.stores-store-s1"].ETag, CancellationToken.None);
        var late = KitJson.Read<DeadLetter>(store.Values["dead-letter.stores-store-s2"].Value) with { LastAt = Spring.AddHours(1) };
        await store.Save("dead-letter.stores-store-s2", KitJson.Write(late), store.Values["dead-letter.stores-store-s2"].ETag, CancellationToken.None);
        Assert.Equal("""{"status":"degraded","reasons":["1 dead letters."]}""", await Client.GetStringAsync("/readyz"));
        await Eventually.True(async () =>
        {
            await Deliver(Poison("s3"));
            return (await List()).Select(letter => letter.Id).SequenceEqual(["stores-store-s2", "stores-store-s3"]);
        });
    }

    [Fact]
    public async Task Those_that_were_stored_by_an_earlier_version_are_listed_read_redriven_and_dropped()
    {
        var golden = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Messaging", "Golden", "dead-letters.json"))).RootElement;
        foreach (var stored in golden.EnumerateObject()) Assert.True(await store.Save(stored.Name, Encoding.UTF8.GetBytes(stored.Value.GetRawText()), null, CancellationToken.None));
        var letter = Assert.Single(await List());
        Assert.Equal(("stores-store-s", 7L, "InvalidOperationException", "a defect", 10), (letter.Id, letter.Version, letter.ExceptionType, letter.Message, letter.Attempts));
        Assert.Equal(letter, await Look());
        Assert.Equal(HttpStatusCode.NoContent, await Redrive());
        Assert.Equal((7L, "Tea 7"), await Copy());
        Assert.Empty(await List());
    }

    [Fact]
    public async Task A_redrive_that_went_well_answers_so_again_under_its_key_and_leaves_a_later_letter_alone()
    {
        await Bury(7);
        defect.Now = null;
        Assert.Equal(HttpStatusCode.NoContent, await Redrive("k"));
        Assert.Equal(HttpStatusCode.NoContent, await Redrive("k"));
        await BuryLater(8);
        Assert.Equal(HttpStatusCode.NoContent, await Redrive("k"));
        Assert.Equal(8, (await Look())!.Version);
        Assert.Equal(HttpStatusCode.Conflict, await Redrive("another"));
        Assert.Equal(HttpStatusCode.BadRequest, await Redrive(new string('k', 101)));
    }

    [Fact]
    public async Task A_redrive_that_failed_answers_the_same_reason_again_under_its_key_and_does_not_try_again()
    {
        await Bury(7);
        using var failed = await Send(HttpMethod.Post, $"{Letter}/redrive", "k");
        var letter = await Look();
        defect.Now = null; // Mended: the key has its answer all the same.
        using var again = await Send(HttpMethod.Post, $"{Letter}/redrive", "k");
        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.Conflict), (failed.StatusCode, again.StatusCode));
        Assert.Equal("InvalidOperationException: a defect", await Detail(failed));
        Assert.Equal("InvalidOperationException: a defect", await Detail(again));
        Assert.Equal(letter, await Look());
        Assert.Equal(HttpStatusCode.NoContent, await Redrive("k2"));

        static async Task<string?> Detail(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString();
    }

    [Fact]
    public async Task A_redrive_of_what_is_not_there_and_one_that_met_a_passing_fault_are_decided_anew()
    {
        Assert.Equal(HttpStatusCode.NotFound, await Redrive("k"));
        await Bury(7);
        defect.Now = new UnavailableException("away");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await Redrive("k"));
        defect.Now = null;
        Assert.Equal(HttpStatusCode.NoContent, await Redrive("k"));
    }

    [Fact]
    public async Task A_drop_is_repeated_under_its_key_without_harm_to_a_letter_that_came_since()
    {
        await Bury(7);
        Assert.Equal(HttpStatusCode.NoContent, await Drop("k"));
        await BuryLater(7);
        Assert.Equal(HttpStatusCode.NoContent, await Drop("k"));
        Assert.NotNull(await Look());
        Assert.Equal(HttpStatusCode.NoContent, await Drop("k2"));
        Assert.Null(await Look());
        Assert.Equal(HttpStatusCode.NoContent, await Drop("k3")); // Nothing there: remembered too.
        await BuryLater(7);
        Assert.Equal(HttpStatusCode.NoContent, await Drop("k3"));
        Assert.NotNull(await Look());
    }

    [Theory]
    [InlineData("redrive")]
    [InlineData("drop")]
    public async Task A_process_that_ends_before_it_drops_the_letter_has_it_dropped_by_the_repetition_and_no_other(string action)
    {
        await Bury(7);
        defect.Now = null;
        store.DiesAtDelete = true; // The process: nothing of it is carried out, and nobody is answered.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Do("k", new CancellationTokenSource(TimeSpan.FromSeconds(0.3)).Token));
        Assert.NotNull(await Look());
        store.DiesAtDelete = false;
        Assert.Equal(HttpStatusCode.NoContent, await Do("k", CancellationToken.None));
        Assert.Null(await Look());
        Assert.Equal(action == "redrive" ? 1 : 0, (await Counters.Find("s", CancellationToken.None)).Version);
        await BuryLater(7);
        Assert.Equal(HttpStatusCode.NoContent, await Do("k", CancellationToken.None));
        Assert.NotNull(await Look());

        async Task<HttpStatusCode> Do(string key, CancellationToken cancel)
        {
            using var answer = await (action == "redrive" ? Send(HttpMethod.Post, $"{Letter}/redrive", key, cancel) : Send(HttpMethod.Delete, Letter, key, cancel));
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task A_key_outlives_its_process_and_is_forgotten_after_a_day()
    {
        await Bury(7);
        defect.Now = null;
        Assert.Equal(HttpStatusCode.NoContent, await Redrive("k"));
        await DisposeAsync();
        calendar.Now = Spring.AddHours(24);
        await InitializeAsync();
        await BuryLater(8);
        Assert.Equal(HttpStatusCode.NoContent, await Redrive("k"));
        Assert.NotNull(await Look());
        // Forgotten where another is noted beside it: their documents are few.
        calendar.Now = Spring.AddHours(24.1);
        for (var other = 0; other < 600; other++) await Send(HttpMethod.Delete, "/internal/dead-letters/none", $"k{other}");
        defect.Now = null;
        Assert.Equal(HttpStatusCode.NoContent, await Redrive("k"));
        Assert.Null(await Look());
    }

    [Theory]
    [InlineData("stores-store-||s")]
    [InlineData("..")]
    [InlineData("a.b")]
    public async Task An_id_that_can_be_none_is_unknown_without_a_look_at_the_store(string id)
    {
        using var answer = await Client.GetAsync($"/internal/dead-letters/{Uri.EscapeDataString(id).Replace(".", "%2E", StringComparison.Ordinal)}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain(store.Asked.Keys, key => key.Contains(id, StringComparison.Ordinal));
    }

    Documents<Counter> Counters => service.Services.GetRequiredService<Documents<Counter>>();

    /// <summary>Delivers a version until it is a dead letter.</summary>
    async Task Bury(int version)
    {
        defect.Now = new InvalidOperationException("a defect");
        for (var attempt = 1; attempt < 10; attempt++) Assert.Equal(HttpStatusCode.InternalServerError, await Deliver(Event(version)));
        Assert.Equal(HttpStatusCode.OK, await Deliver(Event(version)));
    }

    /// <summary>Another time: no two fail in the same moment.</summary>
    Task BuryLater(int version)
    {
        calendar.Now = calendar.Now.AddMinutes(1);
        return Bury(version);
    }

    static string Poison(string store) => $$$"""{"id":"store.{{{store}}}.1","subject":"{{{store}}}","aggregateversion":"1","data":{"value":5}}""";

    static string Event(int version) =>
        $$$"""{"id":"store.s.{{{version}}}","subject":"s","aggregateversion":"{{{version}}}","data":{"value":{"storeId":"s","name":"Tea {{{version}}}","location":"A","participating":true},"removed":false}}""";

    async Task<HttpStatusCode> Deliver(string cloudEvent) =>
        (await Client.PostAsync("/events/mallbots.stores.store", new StringContent(cloudEvent, Encoding.UTF8, "application/cloudevents+json"))).StatusCode;

    async Task<HttpStatusCode> Redrive(string? key = null)
    {
        using var answer = await Send(HttpMethod.Post, $"{Letter}/redrive", key);
        return answer.StatusCode;
    }

    async Task<HttpStatusCode> Drop(string key)
    {
        using var answer = await Send(HttpMethod.Delete, Letter, key);
        return answer.StatusCode;
    }

    async Task<HttpResponseMessage> Send(HttpMethod method, string path, string? key, CancellationToken cancel = default)
    {
        using var request = new HttpRequestMessage(method, path);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return await Client.SendAsync(request, cancel);
    }

    async Task<Page<DeadLetter>> Page(string query) => (await Client.GetFromJsonAsync<Page<DeadLetter>>($"/internal/dead-letters{query}", KitJson.Options))!;

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

        /// <summary>Who deletes never gets any further, and nothing is deleted.</summary>
        public bool DiesAtDelete { get; set; }

        /// <summary>Every key that was read.</summary>
        public ConcurrentDictionary<string, bool> Asked { get; } = new();

        public override Task<StoredValue?> Get(string key, CancellationToken cancel)
        {
            Asked[key] = true;
            return base.Get(key, cancel);
        }

        /// <summary>Happens once, when a key was deleted, before that is answered.</summary>
        public Func<Task>? AfterDelete { get; set; }

        public override async Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel) =>
            await base.Save(key, value, etag, cancel) && !Denies(key);

        public override async Task<bool> Delete(string key, string etag, CancellationToken cancel)
        {
            if (DiesAtDelete) await Task.Delay(Timeout.Infinite, cancel);
            var deleted = await base.Delete(key, etag, cancel);
            var (then, _) = (AfterDelete, AfterDelete = null);
            if (then is not null) await then();
            return deleted;
        }
    }
}

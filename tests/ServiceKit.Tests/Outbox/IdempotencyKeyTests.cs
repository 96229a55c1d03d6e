using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>What an Idempotency-Key promises: kept with the change itself, over a crash, for a day at least (specification 2).</summary>
public sealed class IdempotencyKeyTests
{
    static readonly RefusalKind Outdated = new("outdated", 409, "It was outdated");

    readonly MemoryStateStore store = new();
    readonly TestBroker broker = new();
    readonly Calendar calendar = new();

    [Fact]
    public async Task A_key_whose_process_died_between_save_and_answer_changes_nothing_more()
    {
        await using var dying = Process(new StoreConnection(store) { Fates = (kind, key) => kind == "save" && key == "counter.a" ? Fate.DiesAfter : Fate.Answered });
        _ = Put(dying, "key", new Counted("a"));
        await Eventually.True(() => Task.FromResult(store.Values.ContainsKey("counter.a")));

        await using var next = Process(store);
        var again = await Put(next, "key", new Counted("a"));
        Assert.Equal((1, 1L, false), (again.Value.Count, again.Version, again.IsRefused));
        Assert.Equal("idempotency-key-reused", (await Put(next, "key", new Counted("a"), body: "another")).Refusal?.Code);
    }

    [Fact]
    public async Task A_key_whose_process_died_before_its_save_is_as_new()
    {
        await using var dying = Process(new StoreConnection(store) { Fates = (kind, key) => kind == "save" && key == "counter.a" ? Fate.Dead : Fate.Answered });
        _ = Put(dying, "key", new Counted("a"));
        await Eventually.True(() => Task.FromResult(store.Values.Keys.Any(key => key.StartsWith("journal.", StringComparison.Ordinal))));

        await using var next = Process(store);
        Assert.Equal((1, 1L), (await Put(next, "key", new Counted("a"))) is var done ? (done.Value.Count, done.Version) : default);
    }

    [Fact]
    public async Task A_refusal_that_came_with_a_change_is_answered_again_after_a_crash_and_any_other_is_decided_anew()
    {
        await using (var first = Process(store))
        {
            await Put(first, "create", new Counted("a"));
            Assert.True((await Put(first, "refused", Outdated.Because("no").With(new CountedQuietly(5)))).IsRefused);
            Assert.True((await Put(first, "refused-alone", Outdated.Because("no"))).IsRefused);
        }

        await using var next = Process(store);
        var again = await Put(next, "refused", new CountedQuietly(100));
        Assert.Equal(("outdated", "no", 6), (again.Refusal?.Code, again.Refusal?.Text, again.State?.Count));
        Assert.Equal(106, (await Put(next, "refused-alone", new CountedQuietly(100))).Value.Count);
    }

    [Fact]
    public async Task A_key_is_kept_for_24_hours_and_then_makes_room()
    {
        await using var process = Process(store);
        await Put(process, "first", new Counted("a"));
        calendar.Later(TimeSpan.FromHours(24));
        await Put(process, "second", new CountedQuietly());
        Assert.Equal(["first", "second"], await Keys());
        calendar.Later(TimeSpan.FromSeconds(1));
        await Put(process, "third", new CountedQuietly());
        Assert.Equal(["second", "third"], await Keys());
    }

    [Fact]
    public async Task A_document_that_holds_2000_keys_of_a_day_is_busy_rather_than_forget_one()
    {
        await using var process = Process(store);
        await Put(process, "create", new Counted("a"));
        await Hold(1_998);

        Assert.Equal(2, (await Put(process, "key-1999", new CountedQuietly())).Value.Count);
        var busy = await Assert.ThrowsAsync<BusyException>(() => Put(process, "one-too-many", new CountedQuietly()));
        Assert.Contains("2000 Idempotency-Keys", busy.Message, StringComparison.Ordinal);
        Assert.Equal(2, (await Put(process, "key-1", new CountedQuietly())).Value.Count); // Those that it holds are answered,
        Assert.Equal(3, (await process.Counters.Change("a", KitProcess.CommandOf("no key"), _ => new CountedQuietly())).Value.Count); // and what has no key is done.

        calendar.Later(TimeSpan.FromHours(25));
        Assert.Equal(4, (await Put(process, "one-too-many", new CountedQuietly())).Value.Count);
        Assert.Equal(["one-too-many"], await Keys());
    }

    [Fact]
    public async Task The_caller_of_such_a_document_is_answered_503_busy_and_when_to_come_again()
    {
        await using (var process = Process(store)) await Put(process, "create", new Counted("a"));
        await Hold(1_999);
        var definition = new ServiceDefinition("tests", service => service.Aggregate<Counter>().Api(api => api.Post(
            "/counters/{id}/count", (string id, Command command, Documents<Counter> counters) => counters.Change(id, command, _ => new CountedQuietly()).Ok())));
        await using var service = await ListeningService.Start(
            definition,
            services => services.AddSingleton<IStateStore>(store).AddSingleton<IBroker>(broker).AddSingleton<TimeProvider>(calendar),
            new Dictionary<string, string?> { ["Logging:LogLevel:Default"] = "None" });
        service.Client.DefaultRequestHeaders.Add("Idempotency-Key", "one-too-many");
        var answer = await service.Client.PostAsync("/api/counters/a/count", null, TestContext.Current.CancellationToken);
        Assert.Equal((503, TimeSpan.FromSeconds(1)), ((int)answer.StatusCode, answer.Headers.RetryAfter?.Delta));
        Assert.Contains("urn:mallbots:problem:busy", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        calendar.Later(TimeSpan.FromHours(25));
        Assert.Equal(200, (int)(await service.Client.PostAsync("/api/counters/a/count", null, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_key_that_was_kept_with_the_hash_of_an_earlier_version_is_known()
    {
        await using var process = Process(store);
        await Put(process, "key", new Counted("a"), body: "as it was hashed");
        var again = await process.Counters.Put(
            "a", KitProcess.CommandOf("key") with { Remembered = true, BodyHash = "as it is hashed now", EarlierBodyHash = "as it was hashed" }, _ => new Counted("a"));
        Assert.Equal((1, false), (again.Value.Count, again.IsRefused));
    }

    /// <summary>Has the document hold this many keys more, of this moment.</summary>
    async Task Hold(int keys)
    {
        var stored = (await store.Get("counter.a", CancellationToken.None))!.Value;
        var document = KitJson.Read<Document<Counter>>(stored.Value);
        var held = Enumerable.Range(1, keys).Select(number => new HandledCommand($"key-{number}", calendar.GetUtcNow(), "", null));
        Assert.True(await store.Save("counter.a", KitJson.Write(document with { Handled = [.. document.Handled, .. held] }), stored.ETag, CancellationToken.None));
    }

    KitProcess Process(IStateStore from) => new(from, broker, configure: services => services.AddSingleton<TimeProvider>(calendar));

    static Task<Outcome<Counter>> Put(KitProcess process, string key, Decision decision, string body = "") =>
        process.Counters.Put("a", KitProcess.CommandOf(key) with { Remembered = true, BodyHash = body }, _ => decision);

    async Task<IEnumerable<string>> Keys() =>
        KitJson.Read<Document<Counter>>((await store.Get("counter.a", CancellationToken.None))!.Value.Value).Handled.Select(handled => handled.Id);

    /// <summary>The real time, moved forward by the test.</summary>
    sealed class Calendar : TimeProvider
    {
        DateTimeOffset now = Spec.Start;

        public void Later(TimeSpan by) => now += by;

        public override DateTimeOffset GetUtcNow() => now;
    }
}

using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Domain.Tests.Rebuild;

/// <summary>A stretch in the life of a document: some commands that are saved together.</summary>
/// <param name="Seed">Which commands.</param>
/// <param name="Length">How many commands that something comes of; 1 for a single one, whatever comes of it.</param>
/// <param name="Remembered">True when they come with an Idempotency-Key.</param>
/// <param name="Again">How many stretches back lies the one that is repeated afterwards, with the same id; 0 for none.</param>
public sealed record Stretch(int Seed, int Length, bool Remembered, int Again);

/// <summary>Random lives of documents of one aggregate.</summary>
abstract class Life
{
    public abstract Type Aggregate { get; }

    /// <summary>True for an aggregate that can't live long enough for its events to be moved.</summary>
    public bool IsShort { get; init; }

    /// <summary>Many short lives, of single commands mostly.</summary>
    public abstract Task LiveShort(int lives);

    /// <summary>Lives of so many events that most of them are moved to log documents.</summary>
    public abstract Task LiveLong(int lives);
}

/// <summary>Random lives of documents in the kit's real event core, each held against what its events lead to.</summary>
/// <param name="decide">Takes a random command and decides it in this state.</param>
sealed class Life<T>(Func<T?, Dice, Decision> decide) : Life where T : class, IAggregate<T>
{
    static int documents;

    public override Type Aggregate => typeof(T);

    public override Task LiveShort(int lives) => Check(Gen.ArrayOf(Stretches(Gen.Frequency((8, Gen.Constant(1)), (1, Gen.Choose(2, 5))))), longLives: false, lives);

    public override Task LiveLong(int lives) => Check(Gen.ArrayOf(Stretches(Gen.Frequency((1, Gen.Constant(1)), (4, Gen.Choose(30, 60)))), 32), longLives: true, lives);

    static Gen<Stretch> Stretches(Gen<int> lengths) =>
        from seed in Gen.Choose(0, int.MaxValue)
        from length in lengths
        from remembered in Gen.Elements(true, false)
        from again in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 9)))
        select new Stretch(seed, length, remembered, again);

    async Task Check(Gen<Stretch[]> lives, bool longLives, int count)
    {
        var store = new MemoryStateStore();
        await using var service = MallService.Build(
            new ServiceDefinition("tests", service => service.Aggregate<T>()), [],
            new Dictionary<string, string?> { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0", ["APP_API_TOKEN"] = "secret" },
            services => services.AddSingleton<IStateStore>(store).AddSingleton<IBroker>(new Silence()).AddSingleton<TimeProvider>(new PassingTime()));
        using var stop = new CancellationTokenSource();
        await service.Services.GetRequiredService<CompletionQueue>().StartAsync(stop.Token);
        // What makes a sequence shorter is left out first, so that a failing one is shown as short as it can be.
        var shorter = Arb.From(lives, life => Enumerable.Range(0, life.Length).Select(left => life.Where((_, at) => at != left).ToArray()));
        var logs = 0;
        var live = Prop.ForAll(shorter, async life => { Interlocked.Add(ref logs, await Live(service, store, life, longLives)); });
        await Task.Run(() => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(count).WithName(typeof(T).Name), live), stop.Token);
        Assert.True(logs > 0 || IsShort || !longLives, $"No event of any {typeof(T).Name} was moved to a log document.");
        await stop.CancelAsync();
    }

    /// <summary>One life.</summary>
    /// <returns>How many log documents it left.</returns>
    async Task<int> Live(WebApplication service, IStateStore store, Stretch[] life, bool longLife)
    {
        var host = service.Services.GetRequiredService<AggregateHost<T>>();
        var id = $"d-{Interlocked.Increment(ref documents)}";
        List<DomainEvent> happened = [];
        List<(Command Command, bool IsKept)> commands = [];
        foreach (var (seed, length, remembered, again) in life)
        {
            var command = new Command { Id = $"{id}-{commands.Count}", Remembered = remembered, Correlation = "test" };
            var kept = await Send(command, state => Decide(state, length, new Dice(seed, longLife)));
            commands.Add((command, kept));
            if (again == 0 || again > commands.Count) continue;

            // An old id is known by the document as long as its events stand there, or for a day when it came with an Idempotency-Key.
            var (repeated, known) = commands[^again];
            if (!known || !repeated.Remembered && again > 1) continue;
            Assert.False(await Send(repeated, _ => throw new InvalidOperationException($"{repeated.Id} is decided twice.")));
        }

        return await IsWhatHappened(store, id, happened);

        // Sends a command; true when the document kept something of it.
        async Task<bool> Send(Command command, Func<T?, Decision> decideNow)
        {
            Decision? decided = null;
            var outcome = await host.Documents.Put(id, command, state => decided = decideNow(state));
            if (decided is { Events.IsEmpty: false }) happened.AddRange(decided.Events);
            if (decided is { Events.IsEmpty: true, Refusal: { } refusal }) Assert.Equal((refusal, 0), (outcome.Refusal, outcome.Version));
            else Assert.Equal(happened.Count, outcome.Version);
            return decided is { Events.IsEmpty: false };
        }
    }

    /// <summary>Some commands one after another; what they lead to is saved at once. A refusal is the last one's.</summary>
    Decision Decide(T? state, int length, Dice dice)
    {
        if (length == 1) return decide(state, dice);
        List<DomainEvent> events = [];
        Refusal? refusal = null;
        for (var tried = 0; events.Count < length && tried < 5 * length; tried++)
        {
            var decision = decide(state, dice);
            refusal = decision.Refusal;
            foreach (var happened in decision.Events) state = T.Evolve(state, new Happened(happened, events.Count + 1, Spec.Start));
            events.AddRange(decision.Events);
        }

        return new Decision([.. events], refusal);
    }

    /// <summary>The document, its log documents and what is built anew from them say what happened, nothing more and nothing less.</summary>
    static async Task<int> IsWhatHappened(IStateStore store, string id, List<DomainEvent> happened)
    {
        if (await store.Get(Document<T>.Key(id), CancellationToken.None) is not { } stored)
        {
            Assert.Empty(happened);
            return 0;
        }

        var document = KitJson.Read<Document<T>>(stored.Value);
        List<RecordedEvent> moved = [];
        for (var log = 0; log < document.Logs; log++)
        {
            var kept = KitJson.Read<EventLog<T>>((await store.Get(Document<T>.LogKey(id, log), CancellationToken.None))!.Value.Value);
            Assert.Equal(Json(Fold(moved)), Json(kept.Base));
            moved.AddRange(kept.Events);
        }

        List<RecordedEvent> all = [.. moved, .. document.Events];

        Assert.Equal(Enumerable.Range(1, happened.Count).Select(version => (long)version), all.Select(recorded => recorded.Version));
        Assert.Equal(happened.Count, document.Version);
        foreach (var (recorded, was) in all.Zip(happened))
        {
            Assert.Equal((was.GetType().Name, Json(was, was.GetType())), (recorded.Type, recorded.Data.GetRawText()));
            var read = recorded.ToHappened<T>().Event;
            Assert.Equal(Json(was, was.GetType()), Json(read, was.GetType()));
        }

        Assert.Equal(Json(Fold(all)), Json(document.State));
        Assert.Equal(Json(Fold(moved)), Json(document.Base));
        Assert.Equal(Json(document.State), Json(KitJson.Read<T>(KitJson.Write(document.State))));
        var rebuilt = await new Rebuild<T>(document, new DocumentStore<T>(store)).Run(CancellationToken.None);
        Assert.Equal((true, happened.Count), (rebuilt.Rebuilt, rebuilt.Events.Count));
        return document.Logs;

        static T? Fold(List<RecordedEvent> events) => events.Aggregate((T?)null, (state, recorded) => T.Evolve(state, recorded.ToHappened<T>()));
    }

    static string Json(object? value, Type? type = null) => JsonSerializer.Serialize(value, type ?? typeof(T), KitJson.Options);

    /// <summary>A broker that takes everything and delivers nothing.</summary>
    sealed class Silence : IBroker
    {
        public Task Publish(string topic, ReadOnlyMemory<byte> cloudEvent, string partitionKey, CancellationToken cancel) => Task.CompletedTask;
    }

    /// <summary>Each look at the clock is a little later, to the last digit.</summary>
    sealed class PassingTime : TimeProvider
    {
        long looks;

        public override DateTimeOffset GetUtcNow() => Spec.Start.AddTicks(Interlocked.Increment(ref looks) * 1_234_567);
    }
}

using System.Collections.Concurrent;
using System.Text.Json;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>One process of a service: the kit's real event core on a store and a broker that a test controls, without a web host.</summary>
sealed class KitProcess : IAsyncDisposable
{
    readonly ServiceProvider provider;
    readonly CancellationTokenSource stop = new();

    public KitProcess(IStateStore store, IBroker broker, string replica = "one", TimeSpan? fenceAfter = null, Action<IServiceCollection>? configure = null, TimeSpan? sweepEvery = null)
    {
        var options = new KitOptions
        {
            AppId = "tests",
            AppApiToken = "t",
            DaprGrpcEndpoint = "",
            DaprHttpEndpoint = "",
            Replica = replica,
            FenceAfter = fenceAfter ?? TimeSpan.Zero,
            SweepEvery = sweepEvery ?? TimeSpan.FromSeconds(10),
        };
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(options).AddSingleton(store).AddSingleton(broker).AddSingleton(TimeProvider.System);
        services.AddSingleton<IdSets>().AddSingleton<SweepSignal>().AddSingleton<JournalWriter>().AddSingleton<Publisher>().AddSingleton<Feed>();
        services.AddSingleton<CompletionQueue>().AddSingleton<Sweep>();
        services.AddSingleton<AggregateHost<Counter>>();
        services.AddSingleton<IJournaled>(p => p.GetRequiredService<AggregateHost<Counter>>().Completion);
        services.AddSingleton<IQueried>(p => p.GetRequiredService<AggregateHost<Counter>>());
        configure?.Invoke(services);
        provider = services.BuildServiceProvider();
        _ = provider.GetRequiredService<CompletionQueue>().StartAsync(stop.Token);
    }

    public Documents<Counter> Counters => provider.GetRequiredService<AggregateHost<Counter>>().Documents;

    public JournalWriter Journal => provider.GetRequiredService<JournalWriter>();

    public Feed Feed => provider.GetRequiredService<Feed>();

    /// <summary>One round of the sweep, as at the start of a process: what its own log left open is fenced at once.</summary>
    public Task<int> Sweep() => provider.GetRequiredService<Sweep>().SweepAll(start: true, CancellationToken.None);

    /// <summary>The sweep as a service has it: by itself, until the process ends.</summary>
    public Task StartSweeping() => provider.GetRequiredService<Sweep>().StartAsync(stop.Token);

    /// <summary>Counts; the event carries a text that makes it as large as the test wants.</summary>
    public Task<Outcome<Counter>> Count(string id, string command, string? text = null) => Counters.Put(id, CommandOf(command), _ => new Counted(text ?? id));

    public static Command CommandOf(string id) => new() { Id = id, Correlation = "test" };

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await provider.DisposeAsync();
    }
}

/// <summary>A broker that remembers what it took, and can be away.</summary>
sealed class TestBroker : IBroker
{
    readonly ConcurrentQueue<string> published = new();

    /// <summary>Ids of the events it took, in the order it took them.</summary>
    public IReadOnlyList<string> Published => [.. published];

    public bool Away { get; set; }

    public Task Publish(string topic, ReadOnlyMemory<byte> cloudEvent, string partitionKey, CancellationToken cancel)
    {
        if (Away) throw new UnavailableException("The broker is away.");
        published.Enqueue(JsonDocument.Parse(cloudEvent).RootElement.GetProperty("id").GetString()!);
        return Task.CompletedTask;
    }
}

/// <summary>What one process sees of the store. A test can cut it off, or cut its answers.</summary>
sealed class StoreConnection(IStateStore store) : IStateStore
{
    /// <summary>Decides what becomes of each call: its kind and key, and whether it is reached and answered.</summary>
    public Func<string, string, Fate> Fates { get; set; } = (_, _) => Fate.Answered;

    public Func<string, string, Task>? Before { get; set; }

    readonly ConcurrentBag<Task> late = [];

    /// <summary>Completes when every save that the store still had under way has landed or conflicted.</summary>
    public Task Landed => Task.WhenAll(late);

    public Task<StoredValue?> Get(string key, CancellationToken cancel) => Call("get", key, () => store.Get(key, cancel), null);

    public Task<IReadOnlyDictionary<string, StoredValue>> GetMany(IReadOnlyList<string> keys, CancellationToken cancel) =>
        Call("get", keys.FirstOrDefault() ?? "", () => store.GetMany(keys, cancel), null!);

    public Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel) =>
        Call("save", key, () => store.Save(key, value, etag, cancel), false);

    public Task<bool> Delete(string key, string etag, CancellationToken cancel) => Call("delete", key, () => store.Delete(key, etag, cancel), false);

    async Task<TAnswer> Call<TAnswer>(string kind, string key, Func<Task<TAnswer>> call, TAnswer lost)
    {
        if (Before is { } before) await before(kind, key);
        var fate = Fates(kind, key);
        if (fate == Fate.Dead) await new TaskCompletionSource().Task; // A dead process neither calls nor hears an answer.
        if (fate == Fate.NotReached) return kind == "get" ? throw new UnavailableException("cut") : lost;
        if (fate == Fate.Late)
        {
            var landing = Task.Run(async () =>
            {
                // An outcome of S11: the store carries it out after it said no, when others have had their turns.
                for (var turns = Random.Shared.Next(0, 200); turns > 0; turns--) await Task.Yield();
                return await call();
            });
            late.Add(landing);
            return lost;
        }

        var answer = await call();
        if (fate == Fate.DiesAfter) await new TaskCompletionSource().Task;
        return fate == Fate.AnswerCut ? kind == "get" ? throw new UnavailableException("cut") : lost : answer;
    }
}

/// <summary>A clock for many rounds of faults: what waits still gives way to all others, but costs next to no time.</summary>
sealed class HurriedTime : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 100 : dueTime, period);
}

enum Fate
{
    Answered,
    NotReached,
    AnswerCut,

    /// <summary>Answered with no at once, and carried out later all the same (fact S11).</summary>
    Late,
    Dead,
    DiesAfter,
}

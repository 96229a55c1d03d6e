using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.State;
using MallBots.Sidecar;

namespace MallBots.Bench;

/// <summary>
/// What the journal costs, and how soon an event has its effect: an owner with the smallest aggregate there can be and a consumer that keeps a replica
/// of it, over HTTP on the embedded sidecar, all in one process. Without the journal means: the same code on a store that keeps the journal's keys for
/// nothing, in memory.
/// </summary>
static class OutboxBenchmark
{
    const string Owner = "owner", Consumer = "consumer", Token = "bench";
    const int Counters = 500;

    public static async Task Run(string engine)
    {
        var figures = new Figures($"The outbox on {engine}");
        foreach (var (name, free) in new[] { ("with the journal", false), ("without", true) })
        {
            await using var pair = await Pair.Start(engine, free);
            foreach (var clients in new[] { 1, 8, 32 })
            {
                var (calls, batches) = (pair.Committed.Calls, pair.Committed.JournalSaves);
                var (perSecond, latencies) = await Load.Many(clients, clients == 1 ? 3_000 : 10_000, pair.Count);
                figures.Add(
                    $"{name}, {clients} client{(clients == 1 ? "" : "s")}",
                    string.Create(CultureInfo.InvariantCulture, $"{perSecond:F0} commands/s, p50 {Figures.Percentile(latencies, 0.5):F2} ms, p99 {Figures.Percentile(latencies, 0.99):F2} ms; ")
                    + string.Create(CultureInfo.InvariantCulture, $"{(pair.Committed.Calls - calls) / (double)latencies.Count:F1} calls of the store a command, {(pair.Committed.JournalSaves - batches) / (double)latencies.Count:F2} saves of the journal"));
                await pair.Quiet();
            }

            if (free) continue;
            var effects = await pair.CommitToReplica(perSecond: 100, seconds: 20);
            figures.Add("commit to the consumer's replica, 100 commands/s", $"p50 {Figures.Percentile(effects, 0.5):F1} ms, p99 {Figures.Percentile(effects, 0.99):F1} ms");
        }

        figures.Print();
    }

    /// <summary>Owner and consumer, each with its sidecar.</summary>
    sealed class Pair(DirectoryInfo folder, EmbeddedSidecar sidecars, WebApplication owner, WebApplication consumer, Watched committed, Watched replicated) : IAsyncDisposable
    {
        readonly HttpClient http = new() { BaseAddress = new Uri(owner.Urls.Single()) };

        public Watched Committed => committed;

        public static async Task<Pair> Start(string engine, bool freeJournal)
        {
            var folder = Directory.CreateTempSubdirectory("mallbots-bench-");
            var components = folder.CreateSubdirectory("components").FullName;
            await File.WriteAllTextAsync(Path.Combine(components, "bench.yaml"), SidecarBenchmark.Components(engine));
            var options = new SidecarOptions { ResourcesPaths = [components], DataDirectory = engine == "memory" ? null : folder.FullName, AppApiToken = Token };
            var sidecars = await EmbeddedSidecar.StartAsync(options, [new SidecarApp(Owner), new SidecarApp(Consumer)]);
            var owner = await Service(
                new(Owner, service => service.Aggregate<Counter>().Api(api => api.Put("/counters/{counterId}", (string counterId, Documents<Counter> counters, Command command) =>
                    counters.Put(counterId, command, _ => new Counted(counterId)).Ok()))),
                sidecars, out var committed, freeJournal);
            var consumer = await Service(
                new(Consumer, service => service.Subscribe(on => on.Replicate<CounterResource, CounterResource>(Counter.Values, value => value))), sidecars, out var replicated);
            return new Pair(folder, sidecars, owner, consumer, committed, replicated);
        }

        static Task<WebApplication> Service(ServiceDefinition definition, EmbeddedSidecar sidecars, out Watched store, bool freeJournal = false)
        {
            var watched = store = new Watched { FreeJournal = freeJournal };
            return Start();

            async Task<WebApplication> Start()
            {
                var sidecar = sidecars[definition.AppId];
                var app = MallService.Build(definition, [], new Dictionary<string, string?>
                {
                    ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                    ["DAPR_HTTP_ENDPOINT"] = $"http://127.0.0.1:{sidecar.HttpPort}",
                    ["DAPR_GRPC_ENDPOINT"] = $"http://127.0.0.1:{sidecar.GrpcPort}",
                    ["APP_API_TOKEN"] = Token,
                    ["Logging:LogLevel:Default"] = "Warning",
                }, services =>
                {
                    var dapr = services.Single(service => service.ServiceType == typeof(IStateStore)).ImplementationType!;
                    services.AddSingleton<IStateStore>(provider => watched.Over((IStateStore)ActivatorUtilities.CreateInstance(provider, dapr)));
                });
                await app.StartAsync();
                sidecars.Connect(definition.AppId, new Uri(app.Urls.Single()).Port);
                return app;
            }
        }

        public async Task Count(int number)
        {
            using var answer = await http.PutAsync($"/api/counters/c{number % Counters}", null);
            answer.EnsureSuccessStatusCode();
        }

        /// <summary>Waits until the consumer has the last version of all, so that a measurement does not pay for the one before.</summary>
        public async Task Quiet()
        {
            while (committed.Saved.Any(saved => replicated.Saved.GetValueOrDefault(saved.Key).Version < saved.Value.Version)) await Task.Delay(20);
        }

        /// <summary>From the moment that the owner knows its save to be done to that when the consumer knows it of its replica, in milliseconds.</summary>
        public async Task<IReadOnlyCollection<double>> CommitToReplica(int perSecond, int seconds)
        {
            var before = replicated.All.Count;
            var clock = Stopwatch.StartNew();
            List<Task> running = [];
            for (var number = 0; number < perSecond * seconds; number++)
            {
                var due = TimeSpan.FromSeconds((double)number / perSecond) - clock.Elapsed;
                if (due > TimeSpan.Zero) await Task.Delay(due);
                running.Add(Count(number));
            }

            await Task.WhenAll(running);
            await Quiet();
            // A fence writes a version once more: what counts is the first time.
            var commits = committed.All.GroupBy(saved => (saved.Id, saved.Version)).ToDictionary(saves => saves.Key, saves => saves.First().At);
            return [.. replicated.All.Skip(before).Select(saved => Stopwatch.GetElapsedTime(commits[(saved.Id, saved.Version)], saved.At).TotalMilliseconds)];
        }

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            foreach (var app in new[] { owner, consumer })
            {
                await app.StopAsync();
                await app.DisposeAsync();
            }

            await sidecars.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The real store, with a note of when which version of a counter was saved.</summary>
    sealed class Watched : IStateStore
    {
        readonly ConcurrentDictionary<string, StoredValue> journal = new();
        IStateStore store = null!;
        long calls, journalSaves, etags;

        public bool FreeJournal { get; init; }

        public long Calls => Interlocked.Read(ref calls);

        public long JournalSaves => Interlocked.Read(ref journalSaves);

        /// <summary>Every save of a counter or of its replica, in order.</summary>
        public ConcurrentQueue<(string Id, long Version, long At)> All { get; } = new();

        /// <summary>The last of each.</summary>
        public ConcurrentDictionary<string, (long Version, long At)> Saved { get; } = new();

        public Watched Over(IStateStore real)
        {
            store = real;
            return this;
        }

        public Task<StoredValue?> Get(string key, CancellationToken cancel)
        {
            if (IsFree(key)) return Task.FromResult(journal.TryGetValue(key, out var stored) ? stored : (StoredValue?)null);
            Interlocked.Increment(ref calls);
            return store.Get(key, cancel);
        }

        public Task<IReadOnlyDictionary<string, StoredValue>> GetMany(IReadOnlyList<string> keys, CancellationToken cancel) => store.GetMany(keys, cancel);

        public async Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel)
        {
            if (key.StartsWith("journal.", StringComparison.Ordinal)) Interlocked.Increment(ref journalSaves);
            if (IsFree(key))
            {
                journal[key] = new StoredValue(value.ToArray(), Interlocked.Increment(ref etags).ToString(CultureInfo.InvariantCulture));
                return true;
            }

            Interlocked.Increment(ref calls);
            if (!await store.Save(key, value, etag, cancel)) return false;
            if (key.Split('.') is ["counter" or $"{Owner}-counter", var id])
            {
                var at = Stopwatch.GetTimestamp();
                var version = Version(value);
                All.Enqueue((id, version, at));
                Saved.AddOrUpdate(id, (version, at), (_, so) => so.Version > version ? so : (version, at));
            }

            return true;
        }

        public Task<bool> Delete(string key, string etag, CancellationToken cancel) => store.Delete(key, etag, cancel);

        bool IsFree(string key) => FreeJournal && key.StartsWith("journal.", StringComparison.Ordinal);

        static long Version(ReadOnlyMemory<byte> value)
        {
            using var json = System.Text.Json.JsonDocument.Parse(value);
            return json.RootElement.GetProperty("version").GetInt64();
        }
    }
}

/// <summary>The smallest aggregate there can be.</summary>
public sealed record Counter(string CounterId, int Count) : IAggregate<Counter>
{
    /// <summary>Its public values.</summary>
    public static Topic<CounterResource> Values { get; } = new("owner", "counter");

    /// <inheritdoc/>
    public static Topic Topic => Values;

    /// <inheritdoc/>
    public static int MostEvents => 20;

    /// <inheritdoc/>
    public static Counter Evolve(Counter? state, Happened happened) => new(((Counted)happened.Event).CounterId, (state?.Count ?? 0) + 1);

    /// <inheritdoc/>
    public object ToPublic(string currency) => new CounterResource(CounterId, Count);
}

/// <summary>One more.</summary>
[Published("counted")]
public sealed record Counted(string CounterId) : DomainEvent;

/// <summary>A counter as others see it.</summary>
public sealed record CounterResource(string CounterId, int Count);

using MallBots.Contracts;
using MallBots.Local;
using MallBots.Mall.Tests.Audit;
using MallBots.ServiceKit.Hosting;
using MallBots.Sidecar;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>
/// A mall of its own for a test that switches on traps: on the embedded engines, or, with MALLBOTS_FAULTS_ENGINE=redis, on a database of its own of
/// the Redis at MALLBOTS_REDIS. Its bots are fast, and its sweeps and walks come every two seconds.
/// </summary>
sealed class FaultMall : IAsyncDisposable
{
    static readonly Dictionary<string, string?> Impatient = new()
    {
        ["Depot:BotSpeed"] = "100000",
        ["Depot:Bots"] = "6",
        ["CatchUp:Every"] = "00:00:02",
        ["Journal:SweepEvery"] = "00:00:02",
        ["Journal:FenceAfter"] = "00:00:02",
    };

    /// <summary>How long to wait for what is to become true: a machine may be busy with other tests.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    readonly DirectoryInfo? folder;

    FaultMall(LocalMall mall, IEngineView engine, DirectoryInfo? folder)
    {
        (Mall, Engine, this.folder) = (mall, engine, folder);
        Gateway = new MallDriver(mall[Apps.Gateway]) { Enough = Patience };
    }

    public LocalMall Mall { get; }

    public MallDriver Gateway { get; }

    public Traps Traps => Mall.Sidecars.Traps;

    /// <summary>What lies in the engines; of those in memory nothing can be seen.</summary>
    public IEngineView Engine { get; }

    /// <summary>Token for the internal routes.</summary>
    public string Token => Mall.ServicesOf(Apps.Stores).GetRequiredService<KitOptions>().AppApiToken;

    /// <summary>Starts a mall.</summary>
    /// <param name="durable">Whether the embedded engines keep their things in SQLite files, where a test can look at them, instead of in memory.</param>
    /// <param name="more">Further settings of the services.</param>
    public static async Task<FaultMall> Start(bool durable = false, IReadOnlyDictionary<string, string?>? more = null)
    {
        var onRedis = FaultEngine.IsRedis;
        var folder = durable || onRedis ? Directory.CreateTempSubdirectory("mallbots-faults-") : null;
        IEngineView engine = onRedis ? await RedisView.Take(folder!) : new SqliteView(folder);
        var options = new LocalMallOptions
        {
            Settings = more is null ? Impatient : Impatient.Concat(more).ToDictionary(),
            DataFolder = folder is null ? null : Path.Combine(folder.FullName, "data"),
            ComponentsFolder = engine.ComponentsFolder,
            LogLevel = Microsoft.Extensions.Logging.LogLevel.Error, // What traps cause is no news.
        };
        return new FaultMall(await LocalMall.StartAsync(options, TestContext.Current.CancellationToken), engine, folder);
    }

    /// <summary>A driver of one service, without the gateway and the sidecars' repetitions between.</summary>
    public MallDriver Direct(string appId) => new(Mall[appId]);

    /// <summary>The number and type of every event of an entity, from its service.</summary>
    public async Task<EntityEvents> Events(string appId, string resource, string id)
    {
        using var http = WatchedHttp.Client(Mall[appId]);
        http.DefaultRequestHeaders.Add("dapr-api-token", Token);
        return (await System.Net.Http.Json.HttpClientJsonExtensions.GetFromJsonAsync<EntityEvents>(http, $"/internal/{resource}/{id}/events"))!;
    }

    /// <summary>The auditor finds nothing, once all traps are off and the mall is quiet.</summary>
    public Task NothingIsWrong() => Audited.NothingIsWrong(Mall, Patience);

    public async ValueTask DisposeAsync()
    {
        Gateway.Dispose();
        await Mall.DisposeAsync();
        await Engine.DisposeAsync();
        folder?.Delete(recursive: true);
    }
}

/// <summary>Which engine the fault tests run on.</summary>
static class FaultEngine
{
    /// <summary>MALLBOTS_FAULTS_ENGINE: memory (the default) or redis.</summary>
    public static bool IsRedis => Environment.GetEnvironmentVariable("MALLBOTS_FAULTS_ENGINE") switch
    {
        null or "" or "memory" => false,
        "redis" => true,
        var other => throw new InvalidOperationException($"MALLBOTS_FAULTS_ENGINE is {other}; it may be memory or redis."),
    };
}

using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.Messaging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MallBots.TestKit.Exploring;

/// <summary>The kit's real event core in a process of an exploration: journal, completion, sweep, lists, feed; without a web host.</summary>
public sealed class KitCore
{
    readonly ServiceProvider provider;

    /// <summary>Begins; its completions run from now on.</summary>
    /// <param name="world">All that it has to do with.</param>
    /// <param name="replica">Name of its replica, which says what log it appends to.</param>
    /// <param name="define">What the service is made of.</param>
    public KitCore(World world, string replica, Action<ServiceBuilder> define)
    {
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton(new KitOptions
        {
            AppId = "explored",
            AppApiToken = "t",
            DaprGrpcEndpoint = "",
            DaprHttpEndpoint = "",
            Replica = replica,
            FenceAfter = TimeSpan.Zero, // Open entries were seen long enough already.
        });
        services.AddSingleton(world.Store).AddSingleton(world.Broker).AddSingleton(world.Time);
        services.AddSingleton<IdSets>().AddSingleton<SweepSignal>().AddSingleton<JournalWriter>().AddSingleton<Publisher>().AddSingleton<Feed>();
        services.AddSingleton<CompletionQueue>().AddSingleton<Sweep>();
        define(new ServiceBuilder(services, new ConfigurationBuilder().Build()));
        provider = services.BuildServiceProvider();
        _ = Get<CompletionQueue>().WorkUntil(CancellationToken.None);
    }

    /// <summary>The documents of an aggregate.</summary>
    public Documents<T> Documents<T>() where T : class, ServiceKit.Domain.IAggregate<T> => Get<Documents<T>>();

    /// <summary>A part of the service.</summary>
    public T Get<T>() where T : notnull => provider.GetRequiredService<T>();

    /// <summary>One round of the sweep over all logs, then the marks of these replicas' logs are saved; returns how many entities could not be completed.</summary>
    public async Task<int> Sweep(params string[] replicas)
    {
        var failed = await Get<Sweep>().SweepAll(start: false, CancellationToken.None);
        foreach (var log in replicas.Select(replica => StableHash.Of(replica, JournalWriter.Logs)).Distinct()) await Get<JournalWriter>()[log].Flush();
        return failed;
    }

    /// <summary>Sweeps until every entry is done and says so in the store; throws when that does not come.</summary>
    public async Task SweepToTheEnd()
    {
        for (var round = 0; round < 5; round++)
        {
            var failed = await Sweep();
            await Get<JournalWriter>().Flush();
            if (failed == 0 && await AllDone()) return;
        }

        throw new InvalidOperationException("Five sweeps could not bring all entries to their end.");
    }

    /// <summary>Ids of the entities that the feed shows from its beginning, each once a page.</summary>
    public async Task<IReadOnlyList<string>> WalkFeed()
    {
        List<string> ids = [];
        for (var cursor = Beginning; ;)
        {
            var page = await Get<Feed>().Read(cursor, 100, CancellationToken.None);
            ids.AddRange(page.Items.Select(item => item.Id));
            if (page.Next == cursor) return ids;
            cursor = page.Next!;
        }
    }

    /// <summary>The first page of the feed: the versions of the entities that it shows, and how many entries of each log it has passed.</summary>
    public async Task<(IReadOnlyDictionary<string, long> Versions, IReadOnlyList<long> Passed)> FirstOfFeed()
    {
        var page = await Get<Feed>().Read(Beginning, 100, CancellationToken.None);
        return (VersionsOf(page), Feed.Decode(page.Next!));
    }

    /// <summary>A consumer without a cursor: where the feed ends, then all entities of an aggregate as the list shows them.</summary>
    public async Task<(IReadOnlyDictionary<string, long> Versions, IReadOnlyList<long> Passed)> AllThenFeed(string resource)
    {
        var end = await Get<Feed>().End(CancellationToken.None);
        var queried = provider.GetServices<IQueried>().Single(aggregate => aggregate.Resource == resource);
        var all = await queried.All(new Paging(200, null), CancellationToken.None);
        return (VersionsOf(all), Feed.Decode(end));
    }

    async Task<bool> AllDone()
    {
        for (var log = 0; log < JournalWriter.Logs; log++)
            if (await Get<JournalWriter>()[log].Read(0, CancellationToken.None) is { } chunk && chunk.Entries.Exists(entry => entry.Mark != Mark.Done)) return false;
        return true;
    }

    static Dictionary<string, long> VersionsOf(Page<EntityItem<object>> page) => page.Items.ToDictionary(item => item.Id, item => item.Version);

    static string Beginning { get; } = Feed.Encode(new long[JournalWriter.Logs]);
}

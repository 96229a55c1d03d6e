using MallBots.Local;
using MallBots.TestKit;
using StackExchange.Redis;
using Xunit;

[assembly: AssemblyFixture(typeof(MallBots.Mall.Tests.RedisMall))]

namespace MallBots.Mall.Tests;

/// <summary>
/// The same mall on components/redis, with the Redis at MALLBOTS_REDIS (host:port), which <c>.ci/run</c> starts. Where there is none its scenarios are
/// skipped, and say so.
/// </summary>
public sealed class RedisMall : RunningMall
{
    // A fixture that throws would fail every test of the assembly, not those on Redis alone.
    Exception? failed;

    // Of its own, emptied: one that another mall left has workflows that lie in that one's folder.
    RedisDatabase? database;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-redis-");

    public override MallDriver Gateway
    {
        get
        {
            RedisDatabase.SkipWithoutOne();
            return failed is null ? base.Gateway : throw new InvalidOperationException("The mall did not start on Redis.", failed);
        }
    }

    protected override LocalMallOptions Options => base.Options with
    {
        ComponentsFolder = Path.Combine(folder.FullName, "components"),
        DataFolder = Path.Combine(folder.FullName, "data"), // Workflow histories and search; all else is in Redis.
    };

    public override async ValueTask InitializeAsync()
    {
        if (RedisDatabase.Given is null) return;
        try
        {
            database = await RedisDatabase.Take();
            database.WriteComponents(Path.Combine(AppContext.BaseDirectory, "components", "redis"), Path.Combine(folder.FullName, "components"));
            await base.InitializeAsync();
        }
        catch (Exception fault) when (fault is LocalMallException or TimeoutException or RedisException)
        {
            failed = fault;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (RedisDatabase.Given is not null && failed is null) await base.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
        folder.Delete(recursive: true);
    }
}

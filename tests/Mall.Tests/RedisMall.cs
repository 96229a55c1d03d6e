using MallBots.Local;
using MallBots.TestKit;
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
        if (RedisDatabase.Given is not { } host) return;
        RedisDatabase.Write(Path.Combine(AppContext.BaseDirectory, "components", "redis"), Path.Combine(folder.FullName, "components"), host);
        try
        {
            await base.InitializeAsync();
        }
        catch (LocalMallException fault)
        {
            failed = fault;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (RedisDatabase.Given is not null && failed is null) await base.DisposeAsync();
        folder.Delete(recursive: true);
    }
}

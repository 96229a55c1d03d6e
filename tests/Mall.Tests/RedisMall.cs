using MallBots.Local;
using Xunit;

[assembly: AssemblyFixture(typeof(MallBots.Mall.Tests.RedisMall))]

namespace MallBots.Mall.Tests;

/// <summary>
/// The same mall on components/redis, with the Redis at MALLBOTS_REDIS (host:port), which <c>.ci/run</c> starts. Where there is none its scenarios are
/// skipped, and say so.
/// </summary>
public sealed class RedisMall : RunningMall
{
    static readonly string? Host = Environment.GetEnvironmentVariable("MALLBOTS_REDIS");

    // A fixture that throws would fail every test of the assembly, not those on Redis alone.
    Exception? failed;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-redis-");

    public override MallDriver Gateway
    {
        get
        {
            Assert.SkipWhen(Host is null, "There is no Redis: MALLBOTS_REDIS is not set.");
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
        if (Host is null) return;
        var components = Directory.CreateDirectory(Path.Combine(folder.FullName, "components"));
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "components", "redis")))
            await File.WriteAllTextAsync(Path.Combine(components.FullName, Path.GetFileName(file)), (await File.ReadAllTextAsync(file)).Replace("localhost:6379", Host, StringComparison.Ordinal));
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
        if (Host is not null && failed is null) await base.DisposeAsync();
        folder.Delete(recursive: true);
    }
}

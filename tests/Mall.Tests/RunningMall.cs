using MallBots.Contracts;
using MallBots.Local;
using Xunit;

[assembly: AssemblyFixture(typeof(MallBots.Mall.Tests.RunningMall))]

namespace MallBots.Mall.Tests;

/// <summary>
/// All ten services in this process, in memory, on free ports; shared by all scenarios, which each bring their own stores and customers. When all are
/// over, the auditor finds nothing in what they leave (specification 6).
/// </summary>
public class RunningMall : IAsyncLifetime
{
    LocalMall mall = null!;
    MallDriver gateway = null!;

    public LocalMall Mall => mall;

    public virtual MallDriver Gateway => gateway;

    protected virtual LocalMallOptions Options => new()
    {
        Settings = new Dictionary<string, string?> { ["Depot:SimulateBots"] = "true", ["Depot:Bots"] = "8", ["Depot:BotSpeed"] = "100000" },
    };

    public virtual async ValueTask InitializeAsync()
    {
        mall = await LocalMall.StartAsync(Options);
        gateway = new MallDriver(mall[Apps.Gateway]);
    }

    public virtual async ValueTask DisposeAsync()
    {
        gateway.Dispose();
        await using (mall) await Audit.Audited.NothingIsWrong(mall);
    }
}

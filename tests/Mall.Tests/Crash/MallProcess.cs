using MallBots.Contracts;
using MallBots.TestKit;

namespace MallBots.Mall.Tests.Crash;

/// <summary>The whole mall as a child process on a data folder, as <c>dotnet run --project local</c> starts it, to be killed without warning.</summary>
sealed class MallProcess : IAsyncDisposable
{
    readonly ChildProcess process;

    MallProcess(ChildProcess process, MallDriver gateway) => (this.process, Gateway) = (process, gateway);

    public MallDriver Gateway { get; }

    /// <summary>Starts it and returns when all its services are ready.</summary>
    public static async Task<MallProcess> Start(string folder)
    {
        var offset = FreeOffset();
        var process = ChildProcess.Start("MallBots.Local.dll", ["--data", folder, "--port-offset", $"{offset}"], new Dictionary<string, string> { ["Depot__BotSpeed"] = "100000" });
        var gateway = new MallDriver(new Uri($"http://127.0.0.1:{Apps.Ports[Apps.Gateway] + offset}"));
        await Eventually.True(async () =>
        {
            process.DemandRunning();
            try
            {
                return (await gateway.Get("/health")).Code == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, what: "the mall is ready");
        return new MallProcess(process, gateway);
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public Task Kill() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Gateway.Dispose();
    }

    /// <summary>What to add to the mall's ports so that none of them is in use.</summary>
    public static int FreeOffset() => FreePorts.Row(Apps.Ports.Count) - Apps.Ports.Values.Min();
}

using System.Diagnostics;
using System.Net.NetworkInformation;
using MallBots.Contracts;
using MallBots.TestKit;

namespace MallBots.Mall.Tests.Crash;

/// <summary>The whole mall as a child process on a data folder, as <c>dotnet run --project local</c> starts it, to be killed without warning.</summary>
sealed class MallProcess : IAsyncDisposable
{
    readonly Process process;

    MallProcess(Process process, MallDriver gateway) => (this.process, Gateway) = (process, gateway);

    public MallDriver Gateway { get; }

    /// <summary>Starts it and returns when all its services are ready.</summary>
    public static async Task<MallProcess> Start(string folder)
    {
        var offset = FreeOffset();
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "MallBots.Local.dll"), "--data", folder, "--port-offset", $"{offset}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["Depot__BotSpeed"] = "100000";
        var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        var gateway = new MallDriver(new Uri($"http://127.0.0.1:{Apps.Ports[Apps.Gateway] + offset}"));
        await Eventually.True(async () =>
        {
            if (process.HasExited) throw new InvalidOperationException($"The mall ended with {process.ExitCode}: {await said}");
            try
            {
                return (await gateway.Get("/health")).Code == 200;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, TimeSpan.FromSeconds(60), "the mall is ready");
        return new MallProcess(process, gateway);
    }

    /// <summary>SIGKILL: nothing is flushed, nothing is said.</summary>
    public async Task Kill()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await Kill();
        process.Dispose();
        Gateway.Dispose();
    }

    /// <summary>What to add to the mall's ports so that none of them is in use.</summary>
    public static int FreeOffset()
    {
        var used = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        while (true)
        {
            var offset = Random.Shared.Next(100, 2_500) * 10;
            if (Apps.Ports.Values.All(port => !used.Contains(port + offset))) return offset;
        }
    }
}

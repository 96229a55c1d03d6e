using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MallBots.Sidecar.Tests.Core;
using StackExchange.Redis;
using Xunit;

namespace MallBots.Sidecar.Tests.State;

/// <summary>A redis-server of its own for a test; skips the test where none is installed.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    readonly Process process;
    readonly string folder;

    RedisServer(Process process, int port, string folder) => (this.process, Port, this.folder) = (process, port, folder);

    public int Port { get; }

    public string StateYaml => Yaml.Component("statestore", "state.redis", ("redisHost", $"127.0.0.1:{Port}"));

    public static async Task<RedisServer> StartAsync()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "redis-server")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "redis-server is not installed");

        var folder = SidecarUnderTest.NewFolder();
        var port = FreePort();
        string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
        var server = new RedisServer(Process.Start(new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true })!, port, folder);
        while (await server.process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal)) break;
        }

        return server;
    }

    public Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Port}");

    public void Kill() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

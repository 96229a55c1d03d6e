using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MallBots.Sidecar.Tests.Core;
using StackExchange.Redis;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>A redis-server of its own for a test, on a free port, that keeps nothing. Where none is installed the test is skipped.</summary>
sealed class RedisServer : IAsyncDisposable
{
    readonly Process process;

    RedisServer(Process process, int port) => (this.process, Port) = (process, port);

    public int Port { get; }

    public static async Task<RedisServer> StartAsync(int port = 0)
    {
        port = port == 0 ? FreePort() : port;
        var server = new RedisServer(Start(port), port);
        await using var connection = await server.ConnectAsync();
        return server;
    }

    /// <summary>The component of the tests on this server.</summary>
    public string Component(params (string Name, string Value)[] settings) =>
        Yaml.Component("pubsub", "pubsub.redis", [("redisHost", $"127.0.0.1:{Port}"), ("redisPassword", ""), .. settings]);

    /// <summary>Waits until it answers.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            try
            {
                return await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{Port},protocol=resp2,connectTimeout=500");
            }
            catch (RedisConnectionException) when (!patience.IsCancellationRequested)
            {
                // Not up yet.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    static Process Start(int port)
    {
        try
        {
            string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"];
            return Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath() })!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("redis-server is not installed");
            throw;
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

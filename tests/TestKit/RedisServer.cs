using System.Diagnostics;
using StackExchange.Redis;
using Xunit;

namespace MallBots.TestKit;

/// <summary>A redis-server of its own for a test that stops it or counts what is in it; keeps nothing. Where none is installed the test is skipped.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    readonly Process process;
    readonly string folder;

    RedisServer(Process process, int port, string folder) => (this.process, Port, this.folder) = (process, port, folder);

    /// <summary>Where it listens, on loopback.</summary>
    public int Port { get; }

    /// <summary>Host and port, as components have them.</summary>
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>Starts one; returns when it takes connections.</summary>
    /// <param name="port">Where an earlier one listened; else a free port.</param>
    /// <param name="password">What it wants of whoever connects; null: nothing.</param>
    public static async Task<RedisServer> StartAsync(int port = 0, string? password = null)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, "redis-server")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, "redis-server is not installed");

        port = port == 0 ? FreePorts.Row(1) : port;
        var folder = Directory.CreateTempSubdirectory("mallbots-redis-").FullName;
        string[] arguments = ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no", .. password is null ? Array.Empty<string>() : ["--requirepass", password]];
        var server = new RedisServer(Process.Start(new ProcessStartInfo(path!, arguments) { RedirectStandardOutput = true })!, port, folder);
        while (await server.process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.Contains("Ready to accept connections", StringComparison.Ordinal)) continue;
            _ = server.process.StandardOutput.ReadToEndAsync(); // What it says later must not fill the pipe.
            return server;
        }

        await server.DisposeAsync();
        throw new InvalidOperationException($"redis-server did not start on port {port}.");
    }

    /// <summary>A connection to look into it.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync($"{Host},protocol=resp2,connectTimeout=5000,connectRetry=3");

    /// <summary>SIGKILL.</summary>
    public void Kill() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>What the program says when it can't start: one line, and exit code 1.</summary>
public class CommandLineTests
{
    [Fact]
    public async Task A_port_in_use_is_named_in_one_line()
    {
        var (offset, taken) = TakeThePortOf(Apps.Baskets);
        using (taken)
        {
            var (exitCode, error) = await Run("--memory", "--port-offset", $"{offset}");
            Assert.Equal(1, exitCode);
            Assert.Contains($"{Apps.Ports[Apps.Baskets] + offset}", error, StringComparison.Ordinal);
            Assert.Contains(Apps.Baskets, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
    }

    [Theory]
    [InlineData("--memory and --data exclude each other", "--memory", "--data", "somewhere")]
    [InlineData("--resume needs --data DIR or --url URL", "demo", "--resume")]
    [InlineData("--url must be an absolute address", "demo", "--url", "nowhere")]
    [InlineData("--no-such-option", "--no-such-option")]
    public async Task A_mistake_in_the_command_line_is_named_in_one_line(string expected, params string[] arguments)
    {
        var (exitCode, error) = await Run(arguments);
        Assert.Equal(1, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_folder_that_another_process_uses_is_named_in_one_line()
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-test-");
        using (new FileStream(Path.Combine(folder.FullName, "lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            var (exitCode, error) = await Run("demo", "--data", folder.FullName);
            Assert.Equal(1, exitCode);
            Assert.Contains(folder.FullName, error, StringComparison.Ordinal);
            Assert.Single(error.TrimEnd().Split('\n'));
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_demo_of_a_mall_that_does_not_answer_says_what_was_not_seen()
    {
        var (offset, taken) = TakeThePortOf(Apps.Gateway);
        taken.Dispose();
        var (exitCode, _, output) = await RunFully("demo", "--deadline", "1", "--url", $"http://127.0.0.1:{Apps.Ports[Apps.Gateway] + offset}");
        Assert.Equal(1, exitCode);
        Assert.Contains("NOT SEEN within 1 s: a mall that answers", output, StringComparison.Ordinal);
    }

    static async Task<(int ExitCode, string Error)> Run(params string[] arguments)
    {
        var (exitCode, error, _) = await RunFully(arguments);
        return (exitCode, error);
    }

    static async Task<(int ExitCode, string Error, string Output)> RunFully(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MallBots.Local.dll"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await error, await output);
    }

    /// <summary>Takes a free port, and says by which offset it is the app's.</summary>
    static (int Offset, TcpListener Taken) TakeThePortOf(string appId)
    {
        while (true)
        {
            var taken = new TcpListener(IPAddress.Loopback, 0);
            taken.Start();
            var port = ((IPEndPoint)taken.LocalEndpoint).Port;
            if (port < 65_000) return (port - Apps.Ports[appId], taken);
            taken.Dispose();
        }
    }
}

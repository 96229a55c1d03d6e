using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>What the program says when it can't do what it was told: one line, and the exit code that the README has for it.</summary>
public class CommandLineTests
{
    /// <summary>Every option with values that it does not take, and what does not go together; in the process, for a new process each takes a second.</summary>
    public static TheoryData<string, string[]> Mistakes => new()
    {
        { "--port-offset must be a whole number from -4000 to 60000, not 'abc'", ["--port-offset", "abc"] },
        { "--port-offset must be a whole number", ["--port-offset", ""] },
        { "--port-offset must be a whole number", ["--port-offset", "1.5"] },
        { "--port-offset must be a whole number", ["--port-offset", "60001"] },
        { "--port-offset must be a whole number", ["--port-offset", "-4001"] },
        { "--port-offset must be a whole number", ["--port-offset", "99999999999999999999"] },
        { "--port-offset must be a whole number", ["--port-offset", "a\nb"] },
        { "--port-offset", ["--port-offset"] },
        { "--port-offset", ["--port-offset", "1", "--port-offset", "2"] },
        { "--port-offset must be a whole number", ["--memory", "--port-offset", "abc"] },
        { "--port-offset must be a whole number", ["doctor", "--port-offset", "0x10"] },
        { "demo has no use for --port-offset", ["--port-offset", "5", "demo"] },
        { "--port-offset", ["demo", "--port-offset", "5"] },
        { "--port-offset", ["audit", "--port-offset", "5"] },
        { "--data must be the path of a folder, not ''", ["--data", ""] },
        { "--data must be the path of a folder", ["demo", "--data", " "] },
        { "--data must be the path of a folder", ["audit", "--data", ""] },
        { "--data must be the path of a folder", ["doctor", "--data", ""] },
        { "--data", ["--data"] },
        { "--data", ["--data", "a", "--data", "b"] },
        { "--components must be the path of a folder", ["--components", ""] },
        { "--components must be the path of a folder", ["demo", "--components", ""] },
        { "--components must be the path of a folder", ["doctor", "--components", ""] },
        { "audit has no use for --components", ["--components", "somewhere", "audit"] },
        { "--memory and --data exclude each other", ["--memory", "--data", "somewhere"] },
        { "--memory and --data exclude each other", ["demo", "--memory", "--data", "somewhere"] },
        { "--memory and --data exclude each other", ["doctor", "--memory", "--data", "somewhere"] },
        { "maybe", ["--memory=maybe"] },
        { "audit has no use for --memory", ["--memory", "audit"] },
        { "maybe", ["--verbose=maybe"] },
        { "audit has no use for --verbose", ["--verbose", "audit"] },
        { "doctor has no use for --verbose", ["--verbose", "doctor"] },
        { "--url must be an absolute address", ["demo", "--url", "nowhere"] },
        { "--url must be an absolute address", ["demo", "--url", ""] },
        { "--url must be an absolute address", ["demo", "--url", "ftp://localhost"] },
        { "--url must be an absolute address", ["demo", "--url", "http://localhost:99999"] },
        { "--url must be an absolute address", ["audit", "--url", "localhost:5100"] },
        { "--url must be an absolute address", ["audit", "--url", "/api"] },
        { "--url and --data exclude each other", ["demo", "--url", "http://localhost:1", "--data", "somewhere"] },
        { "--url and --memory exclude each other", ["demo", "--url", "http://localhost:1", "--memory"] },
        { "--url and --data exclude each other", ["audit", "--url", "http://localhost:1", "--data", "somewhere"] },
        { "--deadline must be a whole number from 1 to 86400, not 'soon'", ["demo", "--deadline", "soon"] },
        { "--deadline must be a whole number", ["demo", "--deadline", "0"] },
        { "--deadline must be a whole number", ["demo", "--deadline", "-1"] },
        { "--deadline must be a whole number", ["demo", "--deadline", "2147483647"] },
        { "--within must be a whole number from 1 to 86400, not 'x'", ["audit", "--within", "x"] },
        { "--within must be a whole number", ["audit", "--within", "0"] },
        { "--within must be a whole number", ["audit", "--url", "http://localhost:1", "--within", "1e3"] },
        { "--resume needs --data DIR or --url URL", ["demo", "--resume"] },
        { "maybe", ["demo", "--resume=maybe"] },
        { "--for must be local or dapr, not 'kubernetes'", ["doctor", "--for", "kubernetes"] },
        { "--for must be local or dapr", ["doctor", "--for", ""] },
        { "--no-such-option", ["--no-such-option"] },
        { "no-such-command", ["no-such-command"] },
        { "more", ["audit", "more"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_in_the_command_line_is_named_in_one_line_and_exit_code_2(string expected, string[] arguments)
    {
        using StringWriter output = new(), errors = new();
        var exitCode = await CommandLine.RunAsync(arguments, output, errors);
        Assert.Equal(2, exitCode);
        Assert.Contains(expected, OneLine(errors.ToString()), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Every_option_of_every_command_is_in_the_table_of_mistakes()
    {
        var refused = Mistakes.SelectMany(row => row.Data.Item2).Select(word => word.Split('=')[0]).Where(word => word.StartsWith("--", StringComparison.Ordinal)).ToHashSet();
        var options = new[] { Array.Empty<string>(), ["demo"], ["audit"], ["doctor"] }.SelectMany(command =>
        {
            using StringWriter help = new(), errors = new();
            Assert.Equal(0, CommandLine.RunAsync([.. command, "--help"], help, errors).GetAwaiter().GetResult());
            return help.ToString().Split(' ', '\n', ',').Where(word => word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2).Select(word => word.Trim('.', ')', ';'));
        }).ToHashSet();
        Assert.Empty(options.Except(refused).Except(["--help", "--version"]));
    }

    [Fact]
    public async Task Help_lists_the_exit_codes()
    {
        using StringWriter help = new(), errors = new();
        Assert.Equal(0, await CommandLine.RunAsync(["--help"], help, errors));
        Assert.Contains("Exit codes: 0 fine; 1 a violation", help.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_in_use_is_named_in_one_line()
    {
        var (offset, taken) = TakeThePortOf(Apps.Baskets);
        using (taken)
        {
            var (exitCode, error) = await Run("--memory", "--port-offset", $"{offset}");
            Assert.Equal(3, exitCode);
            Assert.Contains($"{Apps.Ports[Apps.Baskets] + offset}", OneLine(error), StringComparison.Ordinal);
            Assert.Contains(Apps.Baskets, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_option_that_is_rubbish_is_one_line_of_the_program_too()
    {
        var (exitCode, error, output) = await RunFully("--port-offset", "abc");
        Assert.Equal(2, exitCode);
        Assert.Equal("--port-offset must be a whole number from -4000 to 60000, not 'abc'.", OneLine(error));
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("No mall runs on", "--data", ".")]
    [InlineData("No mall runs on", "--data", "no/such/folder")]
    [InlineData("can't be asked", "--url", "http://127.0.0.1:1")]
    [InlineData("No mall is at", "--url", "http://127.0.0.1:65530")]
    public async Task An_audit_of_a_mall_that_is_not_there_is_neither_a_violation_nor_a_mistake(string expected, params string[] where)
    {
        using StringWriter output = new(), errors = new();
        var exitCode = await CommandLine.RunAsync(["audit", .. where], output, errors);
        Assert.Equal(3, exitCode);
        Assert.Contains(expected, OneLine(errors.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_of_what_is_no_mall_says_so()
    {
        await using var web = await AnyWebServer.Start();
        using StringWriter output = new(), errors = new();
        var exitCode = await CommandLine.RunAsync(["audit", "--url", web.Address.ToString()], output, errors);
        Assert.Equal(3, exitCode);
        Assert.Contains("nothing that a mall says", OneLine(errors.ToString()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_without_a_word_takes_the_mall_that_runs_in_this_folder_and_else_says_what_it_wants()
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-test-");
        var (exitCode, error, _) = await RunIn(folder.FullName, "audit");
        Assert.Equal(2, exitCode);
        Assert.Contains("--data DIR", OneLine(error), StringComparison.Ordinal);
        Assert.Contains("--url URL", error, StringComparison.Ordinal);

        await using (await LocalMall.StartAsync(new LocalMallOptions { DataFolder = Path.Combine(folder.FullName, ".mallbots") }, TestContext.Current.CancellationToken))
        {
            var (content, complaints, report) = await RunIn(folder.FullName, "audit");
            Assert.True(content == 0, complaints + report);
            Assert.Contains("Nothing was found.", report, StringComparison.Ordinal);
        }

        // A mall that was killed leaves its word there, and its lock free.
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, ".mallbots", "access.json"), "{}", TestContext.Current.CancellationToken);
        Assert.Equal(2, (await RunIn(folder.FullName, "audit")).ExitCode);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_wrong_password_of_a_Redis_is_said_to_be_one_in_one_line()
    {
        await using var redis = await RedisServer.StartAsync(password: "sesame");
        var components = Directory.CreateTempSubdirectory("mallbots-test-");
        RedisDatabase.Write(Path.Combine(AppContext.BaseDirectory, "components", "redis"), components.FullName, redis.Host);
        using StringWriter output = new(), errors = new();
        var exitCode = await CommandLine.RunAsync(["demo", "--memory", "--components", components.FullName], output, errors);
        Assert.Equal(3, exitCode);
        Assert.Contains($"has no password for Redis at {redis.Host}, which wants one (NOAUTH): set redisPassword", OneLine(errors.ToString()), StringComparison.Ordinal);
        components.Delete(recursive: true);
    }

    [Fact]
    public async Task A_folder_that_another_process_uses_is_named_in_one_line()
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-test-");
        using (new FileStream(Path.Combine(folder.FullName, "lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
        {
            var (exitCode, error) = await Run("demo", "--data", folder.FullName);
            Assert.Equal(3, exitCode);
            Assert.Contains(folder.FullName, OneLine(error), StringComparison.Ordinal);
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

    static string OneLine(string error) => Assert.Single(error.TrimEnd().Split('\n'));

    static Task<(int ExitCode, string Error, string Output)> RunFully(params string[] arguments) => RunIn(Path.GetTempPath(), arguments);

    static async Task<(int ExitCode, string Error, string Output)> RunIn(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MallBots.Local.dll"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
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

    /// <summary>A web server that answers everything, as no mall does.</summary>
    sealed class AnyWebServer(WebApplication app) : IAsyncDisposable
    {
        public Uri Address => new(app.Urls.First());

        public static async Task<AnyWebServer> Start()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            app.Run(context => context.Response.WriteAsync("welcome"));
            await app.StartAsync(TestContext.Current.CancellationToken);
            return new AnyWebServer(app);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}

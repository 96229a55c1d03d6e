using System.Diagnostics;
using System.Text.RegularExpressions;
using Dapr.Client;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Standalone;

/// <summary>The sidecar as a process of its own.</summary>
public sealed partial class StandaloneTests : IDisposable
{
    readonly string folder = SidecarUnderTest.NewFolder();

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public StandaloneTests() => File.WriteAllText(Path.Combine(folder, "statestore.yaml"), Yaml.SqliteState);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_was_saved_survives_kill_9()
    {
        using (var first = Start("--app-id", "rec", "--resources-path", folder, "--data", folder, "--dapr-http-port", "0", "--dapr-grpc-port", "0"))
        {
            using var dapr = await ClientOfAsync(first);
            var saves = Enumerable.Range(0, 200).Select(number => dapr.SaveStateAsync("statestore", $"k-{number}", number, cancellationToken: Cancel));
            await Task.WhenAll(saves);
            first.Kill();
            await first.WaitForExitAsync(Cancel);
        }

        using var second = Start("--app-id", "rec", "--resources-path", folder, "--data", folder, "--dapr-http-port", "0", "--dapr-grpc-port", "0");
        using var again = await ClientOfAsync(second);
        var items = await again.GetBulkStateAsync<int?>("statestore", [.. Enumerable.Range(0, 200).Select(number => $"k-{number}")], null, cancellationToken: Cancel);
        Assert.Equal(Enumerable.Range(0, 200), items.Select(item => item.Value!.Value).Order());
        second.Kill();
        await second.WaitForExitAsync(Cancel);
    }

    [Fact]
    public async Task It_waits_for_the_app_and_ends_soon_after_SIGTERM()
    {
        await using var app = await TestApp.StartAsync(_ => Task.CompletedTask);
        using var sidecar = Start(
            "--app-id", "rec", "--app-port", $"{app.Port}", "--resources-path", folder, "--data", folder, "--dapr-http-port", "0", "--dapr-grpc-port", "0");
        using var dapr = await ClientOfAsync(sidecar);
        await Eventually.True(() => Task.FromResult(!app.Requests.IsEmpty), what: "the sidecar has asked the app");

        using (Process.Start("kill", ["-TERM", $"{sidecar.Id}"]))
        {
            await sidecar.WaitForExitAsync(Cancel).Within(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(0, sidecar.ExitCode);
    }

    [Fact]
    public async Task A_mistake_is_one_line_and_exit_code_1()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "bad.yaml"), Yaml.Component("x", "state.oracle"), Cancel);
        using var sidecar = Start("--app-id", "rec", "--resources-path", folder);

        var told = await sidecar.StandardError.ReadToEndAsync(Cancel);
        await sidecar.WaitForExitAsync(Cancel);

        Assert.Equal(1, sidecar.ExitCode);
        Assert.Contains("state.oracle", Assert.Single(told.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MallBots.Sidecar.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    static async Task<DaprClient> ClientOfAsync(Process sidecar)
    {
        var line = await sidecar.StandardOutput.ReadLineAsync(Cancel) ?? throw new InvalidOperationException(await sidecar.StandardError.ReadToEndAsync(Cancel));
        var ports = ReadyLine().Match(line);
        Assert.True(ports.Success, line);
        return new DaprClientBuilder().UseHttpEndpoint(ports.Groups[1].Value).UseGrpcEndpoint(ports.Groups[2].Value).Build();
    }

    [GeneratedRegex(@"^sidecar of rec is ready: HTTP (http://127\.0\.0\.1:\d+), gRPC (http://127\.0\.0\.1:\d+)$")]
    private static partial Regex ReadyLine();
}

using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace MallBots.Sidecar.Tests.Standalone;

/// <summary>A sidecar process of one app, on free ports.</summary>
sealed partial class StandaloneSidecar : IAsyncDisposable
{
    readonly Process process;
    readonly HttpClient http;

    StandaloneSidecar(Process process, string address)
    {
        (this.process, Address) = (process, address);
        http = new HttpClient { BaseAddress = new Uri(address) };
    }

    /// <summary>Its HTTP API.</summary>
    public string Address { get; }

    public static async Task<StandaloneSidecar> StartAsync(string appId, int appPort, string folder, params (string Name, string Value)[] environment)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "MallBots.Sidecar.dll"),
            "--app-id", appId, "--app-port", $"{appPort}", "--dapr-http-port", "0", "--dapr-grpc-port", "0", "--resources-path", folder, "--data", folder,
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        return new StandaloneSidecar(process, HttpAddress().Match(line).Value);
    }

    public async Task<HttpResponseMessage> PostAsync(string appId, string path, string body, string? token = null, bool forwarded = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1.0/invoke/{appId}/method/{path}") { Content = new StringContent(body) };
        if (token is not null) request.Headers.Add("dapr-api-token", token);
        if (forwarded) request.Headers.Add("mallbots-forwarded", "true");
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>As kill -9 does it.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex HttpAddress();
}

using System.Net;
using Grpc.Net.Client;
using MallBots.Sidecar.Tests.PubSub;
using MallBots.Sidecar.Tests.State;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>
/// The transcripts against a sidecar that somebody else started, such as daprd (docs/conformance.md): DAPR_HTTP_ENDPOINT, DAPR_GRPC_ENDPOINT and
/// APP_PORT name it, RECORDINGS the engine behind it (memory, redis, sqlite). Skipped without them.
/// </summary>
public sealed class GivenSidecarTests
{
    [Fact]
    public async Task State_over_http_answers_as_recorded()
    {
        using var http = Http();
        await StateReplay.PlayAsync(
            $"{Engine}-state-http", new Dictionary<string, string> { ["query"] = "the query API" }, entry => HttpReplay.AssertAsRecordedAsync(http, entry), () => UntilGoneAsync(http));
    }

    [Fact]
    public async Task Events_are_delivered_as_recorded()
    {
        using var http = Http();
        using var channel = GrpcChannel.ForAddress(Given("DAPR_GRPC_ENDPOINT"));
        await using var app = await RecordedApp.StartAsync(int.Parse(Given("APP_PORT"), System.Globalization.CultureInfo.InvariantCulture));
        await PubSubConformanceTests.ReplayAsync($"{Engine}-pubsub", http, channel, app);
    }

    static string Engine => Given("RECORDINGS");

    static HttpClient Http() => new() { BaseAddress = new Uri(Given("DAPR_HTTP_ENDPOINT")) };

    static string Given(string name)
    {
        var value = Environment.GetEnvironmentVariable(name);
        Assert.SkipWhen(string.IsNullOrEmpty(value), $"no sidecar is given: {name} is not set (docs/conformance.md)");
        return value!;
    }

    static async Task UntilGoneAsync(HttpClient http)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while ((await http.GetAsync("/v1.0/state/statestore/ttl", patience.Token)).StatusCode != HttpStatusCode.NoContent) await timer.WaitForNextTickAsync(patience.Token);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.ServiceKit.Tests;

/// <summary>A sidecar that takes connections and answers nothing, as one that is suspended: 503, and never a hang (specification 2).</summary>
public sealed class FrozenSidecarTests : IDisposable
{
    readonly TcpListener sidecar = new(IPAddress.Loopback, 0);

    public FrozenSidecarTests() => sidecar.Start();

    public void Dispose() => sidecar.Dispose();

    [Fact]
    public async Task A_command_is_answered_503_when_the_store_behind_the_sidecar_never_answers()
    {
        await using var app = await Start();
        using var client = Client(app);
        using var answer = await client.PostAsJsonAsync("/api/customers", new { name = "Ann", smsNumber = "+491701234567" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("urn:mallbots:problem:unavailable", (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("type").GetString());
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_publish_that_is_never_answered_is_given_up_and_makes_the_service_degraded()
    {
        await using var app = await Start(services => services.AddSingleton<IStateStore>(new MemoryStateStore()));
        using var client = Client(app);
        using var answer = await client.PostAsJsonAsync("/api/customers", new { name = "Ann", smsNumber = "+491701234567" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await Eventually.True(async () => (await client.GetFromJsonAsync<JsonElement>("/readyz")).GetProperty("status").GetString() == "degraded");
        await app.StopAsync(TestContext.Current.CancellationToken);
    }

    async Task<WebApplication> Start(Action<IServiceCollection>? configure = null)
    {
        var address = $"http://{sidecar.LocalEndpoint}";
        var app = MallService.Build(
            Customers.Program.Service, [],
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["APP_API_TOKEN"] = "secret",
                ["DAPR_GRPC_ENDPOINT"] = address,
                ["DAPR_HTTP_ENDPOINT"] = address,
                ["Calls:Timeout"] = "00:00:01",
                ["Logging:LogLevel:Default"] = "Error",
            },
            configure);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    static HttpClient Client(WebApplication app) => new() { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromSeconds(30) };
}

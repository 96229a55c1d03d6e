using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
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
        await using var service = await Start();
        using var answer = await service.Client.PostAsJsonAsync("/api/customers", new { name = "Ann", smsNumber = "+491701234567" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("urn:mallbots:problem:unavailable", (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_publish_that_is_never_answered_is_given_up_and_makes_the_service_degraded()
    {
        await using var service = await Start(services => services.AddSingleton<IStateStore>(new MemoryStateStore()));
        using var answer = await service.Client.PostAsJsonAsync("/api/customers", new { name = "Ann", smsNumber = "+491701234567" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        await Eventually.True(async () => (await service.Client.GetFromJsonAsync<JsonElement>("/readyz")).GetProperty("status").GetString() == "degraded");
    }

    Task<ListeningService> Start(Action<IServiceCollection>? configure = null)
    {
        var address = $"http://{sidecar.LocalEndpoint}";
        return ListeningService.Start(Customers.Program.Service, configure, new Dictionary<string, string?>
        {
            ["DAPR_GRPC_ENDPOINT"] = address,
            ["DAPR_HTTP_ENDPOINT"] = address,
            ["Calls:Timeout"] = "00:00:01",
            ["Logging:LogLevel:Default"] = "Error",
        });
    }
}

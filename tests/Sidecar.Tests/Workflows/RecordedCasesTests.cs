using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>The recorded cases, each against an embedded sidecar of its own.</summary>
public sealed class RecordedCasesTests : RecordedCases
{
    SidecarUnderTest sidecar = null!;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        sidecar = await WorkflowSidecar.StartAsync("memory");
        App = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await sidecar.DisposeAsync();
    }

    protected override HttpClient HttpClient() => sidecar.ClientOf(WorkflowSidecar.AppId);

    [Theory]
    [InlineData("POST", "/v1.0-beta1/workflows/dapr/Five/start?instanceID=beta", 202, "beta")]
    [InlineData("POST", "/v1.0/workflows/dapr/Waiting/start?instanceID=busy", 500, "ERR_START_WORKFLOW")]
    [InlineData("POST", "/v1.0/workflows/dapr/busy/purge", 500, "ERR_PURGE_WORKFLOW")]
    [InlineData("POST", "/v1.0/workflows/dapr/Five/start?instanceID=a.b", 400, "ERR_INSTANCE_ID_INVALID")]
    [InlineData("POST", "/v1.0/workflows/dapr/none/raiseEvent/go", 500, "ERR_RAISE_EVENT_WORKFLOW")]
    public async Task The_HTTP_API_refuses_what_cannot_be(string method, string path, int status, string expected)
    {
        await Client.ScheduleNewWorkflowAsync("Waiting", "busy", "x");
        using var http = HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path) { Content = new StringContent("\"x\"") };
        using var response = await http.SendAsync(request, Cancel);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }
}

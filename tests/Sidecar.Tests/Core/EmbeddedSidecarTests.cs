using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

public sealed class EmbeddedSidecarTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var refused = await Assert.ThrowsAsync<PortInUseException>(() =>
            EmbeddedSidecar.StartAsync(new SidecarOptions { ResourcesPaths = [] }, [new SidecarApp("depot", HttpPort: 0, GrpcPort: port)], cancel: Cancel));

        Assert.Equal(port, refused.Port);
        Assert.Contains(port.ToString(), refused.Message);
        Assert.Contains("depot", refused.Message);
    }

    [Fact]
    public async Task The_genuine_client_sees_health_metadata_secrets_and_bindings()
    {
        var folder = SidecarUnderTest.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "secrets.json"), """{"payments": {"key": "k-1"}}""", Cancel);
        await using var sidecar = await SidecarUnderTest.StartAsync(
            [
                Yaml.MemoryState,
                Yaml.Component("vault", "secretstores.local.file", ("secretsFile", Path.Combine(folder, "secrets.json"))),
                Yaml.Component("sms", "bindings.localstorage", ("rootPath", "sms")),
            ],
            folder: folder,
            apiToken: "token");
        using var dapr = sidecar.DaprClientOf(apiToken: "token");

        Assert.True(await dapr.CheckHealthAsync(Cancel));
        Assert.True(await dapr.CheckOutboundHealthAsync(Cancel));
        await dapr.WaitForSidecarAsync(Cancel);

        await dapr.SetMetadataAsync("color", "blue", Cancel);
        var metadata = await dapr.GetMetadataAsync(Cancel);
        Assert.Equal("rec", metadata.Id);
        Assert.Equal("blue", metadata.Extended["color"]);
        Assert.Contains(metadata.Components, component => component.Name == "statestore" && component.Capabilities.Contains("ETAG"));

        Assert.Equal("k-1", (await dapr.GetSecretAsync("vault", "payments:key", cancellationToken: Cancel))["payments:key"]);
        Assert.Equal("k-1", (await dapr.GetBulkSecretAsync("vault", cancellationToken: Cancel))["payments:key"]["payments:key"]);

        var name = new Dictionary<string, string> { ["fileName"] = "n-1.txt" };
        await dapr.InvokeBindingAsync("sms", "create", "your order is ready", name, Cancel);
        Assert.Equal("your order is ready", await File.ReadAllTextAsync(Path.Combine(folder, "data", "sms", "n-1.txt"), Cancel));
        await dapr.InvokeBindingAsync("sms", "delete", "", name, Cancel);
        Assert.False(File.Exists(Path.Combine(folder, "data", "sms", "n-1.txt")));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_file_name_does_not_lead_out_of_the_bindings_folder()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.Component("files", "bindings.localstorage", ("rootPath", "deep/er"))], inMemory: true);
        using var dapr = sidecar.DaprClientOf();
        await dapr.InvokeBindingAsync("files", "create", "x", new Dictionary<string, string> { ["fileName"] = "../../../out.txt" }, Cancel);

        using var response = await sidecar.Http.PostAsync("/v1.0/bindings/files", new StringContent("""{"operation": "list"}"""), Cancel);
        var files = JsonSerializer.Deserialize<string[]>(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.EndsWith("deep/er/out.txt", Assert.Single(files));
    }

    [Fact]
    public async Task A_grpc_call_without_the_token_is_unauthenticated()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.MemoryState], apiToken: "token");
        using var dapr = sidecar.DaprClientOf();
        var refused = await Assert.ThrowsAsync<Dapr.DaprException>(() => dapr.GetStateAsync<string>("statestore", "a", cancellationToken: Cancel));
        Assert.Equal(Grpc.Core.StatusCode.Unauthenticated, Assert.IsType<Grpc.Core.RpcException>(refused.InnerException).StatusCode);
    }

    [Fact]
    public async Task A_method_that_the_sidecar_lacks_is_unimplemented()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([]);
        var client = new Dapr.Client.Autogen.Grpc.v1.Dapr.DaprClient(sidecar.Channel);
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () =>
            await client.GetJobAsync(new Dapr.Client.Autogen.Grpc.v1.GetJobRequest { Name = "j" }, cancellationToken: Cancel));
        Assert.Equal(Grpc.Core.StatusCode.Unimplemented, refused.StatusCode);
    }

    [Fact]
    public async Task An_app_that_connects_is_asked_for_its_configuration()
    {
        await using var app = await TestApp.StartAsync(_ => Task.CompletedTask);
        await using var sidecar = await SidecarUnderTest.StartAsync([], appApiToken: "inner");
        sidecar.Sidecar.Connect("rec", app.Port);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (app.Requests.IsEmpty) await timer.WaitForNextTickAsync(Cancel);
        Assert.True(app.Requests.TryDequeue(out var first));
        Assert.Equal(("GET", "/dapr/config", "inner"), (first.Method, first.Target, first.Headers["dapr-api-token"]));
    }

    [Fact]
    public async Task An_app_that_listens_later_than_it_said_is_found()
    {
        int port;
        await using (var first = await TestApp.StartAsync(_ => Task.CompletedTask)) port = first.Port;
        await using var sidecar = await SidecarUnderTest.StartAsync([]);
        sidecar.Sidecar.Connect("rec", port);

        await using var app = await TestApp.StartAsync(_ => Task.CompletedTask, port);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (app.Requests.IsEmpty) await timer.WaitForNextTickAsync(Cancel);
        Assert.Equal("/dapr/config", app.Requests.First().Target);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_told()
    {
        var folder = SidecarUnderTest.NewFolder();
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        await File.WriteAllTextAsync(Path.Combine(folder, "data", "mall.db"), new string('x', 8192), Cancel);

        var mistake = await Assert.ThrowsAsync<MallBots.Sidecar.Components.ResourceException>(() => SidecarUnderTest.StartAsync([Yaml.SqliteState], folder: folder));

        Assert.Contains("'statestore' cannot open", mistake.Message);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Binary_data_reaches_a_file_in_base64()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.Component("files", "bindings.localstorage", ("rootPath", "f"))], inMemory: true);
        using var dapr = sidecar.DaprClientOf();
        byte[] bytes = [0, 255, 1, 254];
        await dapr.InvokeBindingAsync("files", "create", Convert.ToBase64String(bytes), new Dictionary<string, string> { ["fileName"] = "b" }, Cancel);

        using var response = await sidecar.Http.PostAsync("/v1.0/bindings/files", new StringContent("""{"operation": "get", "metadata": {"fileName": "b"}}"""), Cancel);
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync(Cancel));
    }
}

using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>A sidecar process of its own for a test: temporary resources folder, free ports, clients.</summary>
public sealed class SidecarUnderTest : IAsyncDisposable
{
    public const string AppId = "rec";

    readonly string folder;
    readonly bool ownsFolder;

    SidecarUnderTest(EmbeddedSidecar sidecar, string folder, bool ownsFolder)
    {
        (Sidecar, this.folder, this.ownsFolder) = (sidecar, folder, ownsFolder);
        Http = ClientOf(AppId);
        Channel = GrpcChannel.ForAddress($"http://127.0.0.1:{sidecar[AppId].GrpcPort}");
    }

    public EmbeddedSidecar Sidecar { get; }

    /// <summary>Resources and data.</summary>
    public string Folder => folder;

    public HttpClient Http { get; }

    public GrpcChannel Channel { get; }

    public static string NewFolder() => Directory.CreateTempSubdirectory("sidecar-test-").FullName;

    public static async Task<SidecarUnderTest> StartAsync(
        IEnumerable<string> yaml, string[]? apps = null, TimeProvider? clock = null, string? folder = null, bool inMemory = false, string? apiToken = null, string? appApiToken = null,
        Dictionary<string, AccessControl>? access = null, ILoggerFactory? loggers = null)
    {
        var root = folder ?? NewFolder();
        var resources = Directory.CreateDirectory(Path.Combine(root, "resources")).FullName;
        var index = 0;
        foreach (var document in yaml) await File.WriteAllTextAsync(Path.Combine(resources, $"{index++}.yaml"), document);
        var options = new SidecarOptions
        {
            ResourcesPaths = [resources],
            DataDirectory = inMemory ? null : Path.Combine(root, "data"),
            ApiToken = apiToken,
            AppApiToken = appApiToken,
        };
        var sidecar = await EmbeddedSidecar.StartAsync(
            options, [.. (apps ?? [AppId]).Select(app => new SidecarApp(app) { AccessControl = access?.GetValueOrDefault(app) })], loggers, clock, cancel: TestContext.Current.CancellationToken);
        return new SidecarUnderTest(sidecar, root, ownsFolder: folder is null);
    }

    public HttpClient ClientOf(string app) => new() { BaseAddress = new Uri($"http://127.0.0.1:{Sidecar[app].HttpPort}") };

    public Dapr.Client.DaprClient DaprClientOf(string app = AppId, string? apiToken = null)
    {
        var builder = new Dapr.Client.DaprClientBuilder()
            .UseHttpEndpoint($"http://127.0.0.1:{Sidecar[app].HttpPort}")
            .UseGrpcEndpoint($"http://127.0.0.1:{Sidecar[app].GrpcPort}");
        if (apiToken is not null) builder.UseDaprApiToken(apiToken);
        return builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Channel.Dispose();
        await Sidecar.DisposeAsync();
        if (ownsFolder) Directory.Delete(folder, recursive: true);
    }
}

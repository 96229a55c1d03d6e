using System.Globalization;

namespace MallBots.Mall.Tests.Replicas;

/// <summary>One replica of an app: the service and a standalone sidecar of its own, told of each other as <c>dapr run</c> tells them.</summary>
/// <param name="App">The app-id.</param>
/// <param name="Node">The replica's name.</param>
/// <param name="FirstPort">Three in a row: of the service, of the sidecar's HTTP API, of its gRPC API.</param>
sealed record Replica(string App, string Node, int FirstPort)
{
    /// <summary>How many ports a replica needs.</summary>
    public const int Ports = 3;

    /// <summary>Where the service listens.</summary>
    public Uri Address => new($"http://127.0.0.1:{FirstPort}");

    /// <summary>The sidecar's HTTP API.</summary>
    public Uri Sidecar => new($"http://127.0.0.1:{FirstPort + 1}");

    /// <summary>The sidecar's command line, its assembly first.</summary>
    /// <param name="components">Folders of components.</param>
    /// <param name="data">What it keeps outside of Redis: the histories of workflows, text messages.</param>
    public IReadOnlyList<string> SidecarLine(IEnumerable<string> components, string data) =>
    [
        "MallBots.Sidecar", "--app-id", App, "--app-port", Text(FirstPort), "--dapr-http-port", Text(FirstPort + 1), "--dapr-grpc-port", Text(FirstPort + 2),
        "--data", data, .. components.SelectMany(folder => new[] { "--resources-path", folder }),
    ];

    /// <summary>The service's command line, its assembly first.</summary>
    public IReadOnlyList<string> ServiceLine(IEnumerable<KeyValuePair<string, string>> settings) =>
    [
        "MallBots." + string.Concat(App.Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..])),
        .. settings.Concat(
        [
            new("ASPNETCORE_URLS", $"http://127.0.0.1:{FirstPort}"), new("DAPR_HTTP_PORT", Text(FirstPort + 1)), new("DAPR_GRPC_PORT", Text(FirstPort + 2)),
            new("Replica:Name", Node), new("Logging:LogLevel:Default", "Warning"),
        ]).Select(setting => $"--{setting.Key}={setting.Value}"),
    ];

    static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}

namespace MallBots.Sidecar;

/// <summary>What the sidecars of one process share.</summary>
public sealed record SidecarOptions
{
    /// <summary>Folders with component, resiliency and configuration YAML; files directly in each are read (fact R2).</summary>
    public required IReadOnlyList<string> ResourcesPaths { get; init; }

    /// <summary>Folder that relative SQLite files of components are created in; null keeps everything of the embedded engines in memory.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Token that callers of the Dapr API must send (DAPR_API_TOKEN, fact I3); null asks for none.</summary>
    public string? ApiToken { get; init; }

    /// <summary>Token that is sent to the apps (APP_API_TOKEN); null sends none.</summary>
    public string? AppApiToken { get; init; }

    /// <summary>Whether apps of other processes are found by a Redis of the components. Only for a sidecar of one app, the standalone one.</summary>
    internal bool FindsOtherSidecars { get; init; }
}

/// <summary>One app and the ports of its own sidecar. Port 0 takes a free one.</summary>
/// <param name="AppId">The Dapr app-id.</param>
/// <param name="HttpPort">Port of the Dapr HTTP API.</param>
/// <param name="GrpcPort">Port of the Dapr gRPC API.</param>
/// <param name="AppPort">Port the app will listen on; 0 when it is told later by <see cref="EmbeddedSidecar.Connect"/>.</param>
public sealed record SidecarApp(string AppId, int HttpPort = 0, int GrpcPort = 0, int AppPort = 0)
{
    /// <summary>
    /// Whether the app has workflows, where the components do not say so by a scope: on Redis no other sidecar may have them, and that is found out at the
    /// start instead of when the app's worker connects.
    /// </summary>
    public bool RunsWorkflows { get; init; }

    /// <summary>Who may invoke the app; null: everyone.</summary>
    public AccessControl? AccessControl { get; init; }
}

/// <summary>The ports that the sidecar of an app really listens on.</summary>
/// <param name="AppId">The Dapr app-id.</param>
/// <param name="HttpPort">Port of the Dapr HTTP API.</param>
/// <param name="GrpcPort">Port of the Dapr gRPC API.</param>
public sealed record SidecarEndpoints(string AppId, int HttpPort, int GrpcPort);

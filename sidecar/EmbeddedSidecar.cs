using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.Invocation;
using MallBots.Sidecar.NameResolution;
using MallBots.Sidecar.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace MallBots.Sidecar;

/// <summary>
/// Dapr-API-compatible sidecars of all apps of one process: each app has its own HTTP and gRPC port, on loopback only, and all share one host
/// and the engines behind it (docs/architecture.md, section 4).
/// </summary>
public sealed partial class EmbeddedSidecar : IAsyncDisposable
{
    readonly SidecarContext context;
    readonly IReadOnlyList<ISidecarPart> parts;
    readonly StateService states;
    readonly NameRegistry? names;
    readonly SidecarHost host;
    readonly Dictionary<string, AppConnection> connections;
    readonly ILogger log;

    EmbeddedSidecar(SidecarContext context, Resources resources, HttpMessageInvoker toApps)
    {
        this.context = context;
        log = context.Loggers.CreateLogger<EmbeddedSidecar>();
        states = new StateService(context);
        parts = SidecarParts.Create(context);
        names = context.Options.FindsOtherSidecars ? NameRegistry.Of(context.Components, context.Clock, context.Loggers) : null;
        host = new SidecarHost(context, resources, states, parts, toApps, names);
        connections = context.Apps.Values.ToDictionary(app => app.AppId, app => new AppConnection(app, parts, log), StringComparer.Ordinal);
    }

    /// <summary>Switches that reproduce defects of the real runtime, for tests; all off.</summary>
    public Traps Traps => context.Traps;

    /// <summary>The ports of the sidecar of an app.</summary>
    public SidecarEndpoints this[string appId] => context.Apps.TryGetValue(appId, out var app)
        ? new SidecarEndpoints(app.AppId, app.HttpPort, app.GrpcPort)
        : throw new ArgumentException($"There is no sidecar of '{appId}' in this process.", nameof(appId));

    /// <summary>
    /// Reads the resources folders, opens the engines, and listens. Throws <see cref="ResourceException"/> for a mistake in the folders and
    /// <see cref="PortInUseException"/> for a port that another process has.
    /// </summary>
    public static async Task<EmbeddedSidecar> StartAsync(
        SidecarOptions options,
        IReadOnlyList<SidecarApp> apps,
        ILoggerFactory? loggers = null,
        TimeProvider? clock = null,
        CancellationToken cancel = default)
    {
        var resources = ResourceFiles.Read(options.ResourcesPaths);
        var toApps = AppHttp.CreateInvoker();
        var sidecars = new Dictionary<string, AppSidecar>(StringComparer.Ordinal);
        foreach (var app in apps)
        {
            var sidecar = new AppSidecar(app.AppId, toApps, options.AppApiToken)
            {
                HttpPort = app.HttpPort,
                GrpcPort = app.GrpcPort,
                RunsWorkflows = app.RunsWorkflows,
                Access = app.AccessControl is { } list ? new AccessRules(list) : null,
            };
            sidecar.SetAppPort(app.AppPort);
            if (!sidecars.TryAdd(app.AppId, sidecar)) throw new ArgumentException($"App '{app.AppId}' is there twice.", nameof(apps));
        }

        var context = new SidecarContext(
            options,
            resources.Components,
            resources.Resiliency,
            resources.Configuration,
            sidecars,
            loggers ?? NullLoggerFactory.Instance,
            clock ?? TimeProvider.System);
        var embedded = new EmbeddedSidecar(context, resources, toApps);
        try
        {
            foreach (var warning in resources.Warnings) LogWarning(embedded.log, warning);
            await embedded.states.StartAsync(cancel);
            foreach (var part in embedded.parts) await part.StartAsync(cancel);
            await embedded.host.StartAsync(cancel);
            if (embedded.names is not null) await embedded.names.StartAsync(context.Apps.Values.Single());
            return embedded;
        }
        catch
        {
            await embedded.DisposeAsync();
            throw;
        }
    }

    /// <summary>The app listens now: it is asked for its subscriptions, and deliveries start (fact P10). Until it answers, it is asked again.</summary>
    /// <param name="appId">The app.</param>
    /// <param name="appPort">The port it listens on, on loopback.</param>
    public void Connect(string appId, int appPort) => ConnectionOf(appId).Open(appPort);

    /// <summary>The app is gone: deliveries to it pause.</summary>
    public void Disconnect(string appId) => ConnectionOf(appId).Close();

    /// <summary>Stops listening, ends deliveries, and closes the engines.</summary>
    public async ValueTask DisposeAsync()
    {
        if (names is not null) await names.DisposeAsync();
        foreach (var connection in connections.Values) await connection.DisposeAsync();
        await host.DisposeAsync();
        foreach (var part in parts.Reverse()) await part.DisposeAsync();
        await states.DisposeAsync();
    }

    AppConnection ConnectionOf(string appId) => connections.TryGetValue(appId, out var connection)
        ? connection
        : throw new ArgumentException($"There is no sidecar of '{appId}' in this process.", nameof(appId));

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    static partial void LogWarning(ILogger log, string warning);
}

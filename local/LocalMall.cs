using System.Collections.Concurrent;
using System.Security.Cryptography;
using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;
using MallBots.Sidecar;
using MallBots.Sidecar.Components;

namespace MallBots.Local;

/// <summary>
/// The mall in one process: every service with a sidecar of its own, as on Dapr, on ports of loopback. It has no process-wide setting, so several
/// malls can run beside each other.
/// </summary>
public sealed class LocalMall : IAsyncDisposable
{
    readonly LocalMallOptions options;
    readonly DataFolder? folder;
    readonly ILoggerFactory loggers;
    readonly ConcurrentDictionary<string, RunningService> services = new();
    readonly string daprApiToken = NewToken();
    readonly string appApiToken = NewToken();

    EmbeddedSidecar? sidecars;

    LocalMall(LocalMallOptions options, DataFolder? folder)
    {
        this.options = options;
        this.folder = folder;
        loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(options.LogLevel).AddSimpleConsole(line => line.SingleLine = true));
    }

    /// <summary>The app-ids that were started.</summary>
    public IReadOnlyCollection<string> AppIds => options.Apps ?? [.. Apps.Ports.Keys];

    /// <summary>The folder that keeps everything; null when all is in memory.</summary>
    public string? DataFolder => folder?.Path;

    /// <summary>The sidecars, for tests that switch on their traps.</summary>
    public EmbeddedSidecar Sidecars => sidecars ?? throw new InvalidOperationException("The mall has not started.");

    /// <summary>The base address of a running service's API.</summary>
    public Uri this[string appId] => Running(appId).Address;

    /// <summary>How the auditor gets at it.</summary>
    public Audit.MallAccess Access => new(this[Apps.Gateway], services.ToDictionary(service => service.Key, service => service.Value.Address), appApiToken, Environment.ProcessId);

    /// <summary>A running service's container, for tests that look inside.</summary>
    public IServiceProvider ServicesOf(string appId) => Running(appId).Services;

    /// <summary>Starts the sidecars, then all services at once, and returns when every service listens.</summary>
    /// <exception cref="LocalMallException">A port or the folder is in use, or the components can't be read; the message says which.</exception>
    public static async Task<LocalMall> StartAsync(LocalMallOptions options, CancellationToken cancellationToken = default)
    {
        var folder = options.DataFolder is { } path ? Local.DataFolder.Open(path) : null;
        var mall = new LocalMall(options, folder);
        try
        {
            PortCheck.Demand(mall.AppIds, options.Ports);
            await mall.StartSidecars(cancellationToken);
            await Task.WhenAll(mall.AppIds.Select(appId => Task.Run(() => mall.StartServiceAsync(appId, cancellationToken), cancellationToken)));
            if (folder is not null && mall.AppIds.Contains(Apps.Gateway)) mall.Access.WriteTo(folder.Path);
            return mall;
        }
        catch
        {
            await mall.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a service, at the start or after it was stopped.</summary>
    public async Task StartServiceAsync(string appId, CancellationToken cancellationToken = default)
    {
        RunningService service;
        try
        {
            service = await RunningService.StartAsync(
                MallServices.All[appId], SettingsOf(appId), cancellationToken, container => options.Configure?.Invoke(appId, container));
        }
        catch (Exception cannotStart) when (cannotStart is InvalidOperationException or IOException)
        {
            var says = $"{appId} does not start: ";
            throw new LocalMallException(cannotStart.Message.StartsWith(says, StringComparison.Ordinal) ? cannotStart.Message : says + cannotStart.Message, cannotStart);
        }

        services[appId] = service;
        Sidecars.Connect(appId, service.Address.Port);
    }

    /// <summary>Stops one service; its sidecar stays, as when an app of Dapr goes away.</summary>
    public async Task StopServiceAsync(string appId)
    {
        if (!services.TryRemove(appId, out var service)) return;
        Sidecars.Disconnect(appId);
        await service.DisposeAsync();
    }

    /// <summary>Stops the services, then their sidecars, and gives the folder free.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(services.Keys.Select(StopServiceAsync));
        if (sidecars is not null) await sidecars.DisposeAsync();
        loggers.Dispose();
        if (folder is not null) Audit.MallAccess.RemoveFrom(folder.Path);
        folder?.Dispose();
    }

    async Task StartSidecars(CancellationToken cancellationToken)
    {
        var sidecarOptions = new SidecarOptions
        {
            ResourcesPaths = [ComponentFolders.Common, ComponentFolders.Engine(options.ComponentsFolder)],
            DataDirectory = folder?.Path,
            ApiToken = daprApiToken,
            AppApiToken = appApiToken,
        };
        try
        {
            sidecars = await EmbeddedSidecar.StartAsync(
                sidecarOptions, [.. AppIds.Select(SidecarOf)], loggers, TimeProvider.System, cancellationToken);
        }
        catch (ResourceException mistake)
        {
            throw new LocalMallException(mistake.Message, mistake);
        }
    }

    /// <summary>The sidecar of an app, which lets nobody in but those whom the table of apps names, as the sidecars on Kubernetes do.</summary>
    internal static SidecarApp SidecarOf(string appId)
    {
        var app = Apps.Of(appId);
        var callers = from route in app.InvokedRoutes
                      from caller in route.Callers
                      group new AllowedOperation(route.Path, route.Methods) by caller into allowed
                      select new CallerPolicy(allowed.Key, [.. allowed]);
        return new SidecarApp(appId) { RunsWorkflows = app.RunsWorkflows, AccessControl = new AccessControl([.. callers]) };
    }

    /// <summary>What `dapr run` gives a service by its environment, a service here gets by its configuration.</summary>
    Dictionary<string, string?> SettingsOf(string appId)
    {
        var sidecar = Sidecars[appId];
        var settings = new Dictionary<string, string?>
        {
            // Nobody stands at the depot of a local run, so its bots work by themselves.
            ["Depot:SimulateBots"] = "true",
            ["ASPNETCORE_URLS"] = Loopback.Urls(options.Ports.Of(appId)),
            ["DAPR_HTTP_ENDPOINT"] = $"http://127.0.0.1:{sidecar.HttpPort}",
            ["DAPR_GRPC_ENDPOINT"] = $"http://127.0.0.1:{sidecar.GrpcPort}",
            ["DAPR_API_TOKEN"] = daprApiToken,
            ["APP_API_TOKEN"] = appApiToken,
            ["Search:Database"] = folder is null ? ":memory:" : Path.Combine(folder.Path, "search.db"),
            ["Logging:LogLevel:Default"] = options.LogLevel.ToString(),
            ["Logging:Console:FormatterName"] = "simple",
            ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        };
        foreach (var (name, value) in options.Settings) settings[name] = value;
        return settings;
    }

    RunningService Running(string appId) => services.TryGetValue(appId, out var service)
        ? service
        : throw new InvalidOperationException($"{appId} does not run.");

    static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

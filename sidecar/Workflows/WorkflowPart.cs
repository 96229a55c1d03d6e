using System.Collections.Concurrent;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.Storage;

namespace MallBots.Sidecar.Workflows;

/// <summary>Dapr.Workflow for all apps of this process: an engine each, on the state store whose component says `actorStateStore`.</summary>
internal sealed partial class WorkflowPart(SidecarContext context) : ISidecarPart
{
    readonly Dictionary<string, WorkflowEngine> engines = new(StringComparer.Ordinal);
    readonly Dictionary<string, WorkflowClaim> claims = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, bool> claimsRefused = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services) =>
        TaskHub.Methods.AddTo(services, new TaskHub(call => EngineOf(call.App()), call => DemandClaimAsync(call.App(), call.CancellationToken)));

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder grpc, HttpRoutes http)
    {
        grpc.MapGrpcService<TaskHub>();
        new WorkflowHttpApi(EngineOf).Map(http);
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancel)
    {
        foreach (var app in context.Apps.Values)
        {
            if (StoreOf(app) is not { } component) continue;
            if (component.Type == "state.redis") await ClaimAsync(app, component, cancel);
            var storage = await OpenStorageAsync(app, component);
            var logger = context.Loggers.CreateLogger<WorkflowEngine>();
            engines[app.AppId] = await WorkflowEngine.StartAsync(app.AppId, storage, context.Configuration.WorkflowRetention, context.Clock, logger, context.Traps);
        }
    }

    /// <summary>Number of workers of the app, for the metadata API.</summary>
    public int ConnectedWorkers(string appId) => engines.TryGetValue(appId, out var engine) ? engine.ConnectedWorkers : 0;

    /// <inheritdoc/>
    public Task AppConnectedAsync(AppSidecar app, CancellationToken cancel) => Task.CompletedTask;

    /// <inheritdoc/>
    public void AppDisconnected(AppSidecar app)
    {
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (appId, engine) in engines)
        {
            if (claims.TryGetValue(appId, out var claim)) await claim.EndAsync(engine.HasUnfinished);
            await engine.DisposeAsync();
        }

        foreach (var claim in claims.Values) await claim.DisposeAsync();
    }

    WorkflowEngine EngineOf(AppSidecar app) => engines.TryGetValue(app.AppId, out var engine)
        ? engine
        : throw new ApiException(
            StatusCodes.Status500InternalServerError,
            StatusCode.Internal,
            "ERR_ACTOR_RUNTIME_NOT_FOUND",
            "the state store is not configured to use the actor runtime. " +
            "Have you set the - name: actorStateStore value: \"true\" in your state store component file?");

    /// <summary>
    /// Claims at once the workflows of an app that certainly has some: whoever starts it said so, or the store is scoped. A store that every app sees says
    /// nothing; there the first worker that connects claims them.
    /// </summary>
    async Task ClaimAsync(AppSidecar app, Component component, CancellationToken cancel)
    {
        var claim = claims[app.AppId] = new WorkflowClaim(
            component, app.AppId, context.Options.DataDirectory, context.Clock, context.Loggers.CreateLogger<WorkflowClaim>());
        if (app.RunsWorkflows || component.Scopes.Count > 0) await claim.TakeAsync(cancel);
    }

    async Task DemandClaimAsync(AppSidecar app, CancellationToken cancel)
    {
        if (!claims.TryGetValue(app.AppId, out var claim)) return;
        try
        {
            await claim.TakeAsync(cancel);
        }
        catch (ResourceException refused)
        {
            if (claimsRefused.TryAdd(app.AppId, true)) LogRefused(context.Loggers.CreateLogger<WorkflowPart>(), refused.Message);
            throw new RpcException(new Status(StatusCode.FailedPrecondition, refused.Message));
        }
    }

    async Task<IWorkflowStorage> OpenStorageAsync(AppSidecar app, Component component)
    {
        if (component.Type == "state.in-memory" || context.Options.DataDirectory is not { } directory) return new MemoryStorage();

        // Histories are written by this sidecar alone, whatever engine the app's state is in: beside it in SQLite, else in a file of their own.
        var file = component.Type == "state.sqlite" ? component.Setting("connectionString")! : $"workflows.{app.AppId}.db";
        return await SqliteStorage.OpenAsync(SqliteFile.Open(SqliteConnectionText.PathOf(file, directory)), app.AppId);
    }

    /// <summary>The one component that keeps the app's workflows; null when it sees none.</summary>
    Component? StoreOf(AppSidecar app)
    {
        var found = context.Components.Where(component => app.Sees(component) && component.IsActorStateStore).ToList();
        if (found is [var component, var second, ..]) // Neither does the real runtime start.
        {
            throw new ResourceException(
                second.Source, $"component '{second.Name}' and '{component.Name}' both say actorStateStore, and {app.AppId} sees both; only one may keep its workflows");
        }

        return found.FirstOrDefault();
    }

    [LoggerMessage(LogLevel.Error, "{Refusal}")]
    static partial void LogRefused(ILogger log, string refusal);
}

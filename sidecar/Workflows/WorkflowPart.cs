using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.Storage;

namespace MallBots.Sidecar.Workflows;

/// <summary>Dapr.Workflow for all apps of this process: an engine each, on the state store whose component says `actorStateStore`.</summary>
internal sealed class WorkflowPart(SidecarContext context) : ISidecarPart
{
    readonly Dictionary<string, WorkflowEngine> engines = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services) =>
        TaskHub.Methods.AddTo(services, new TaskHub(call => EngineOf(call.App())));

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
            if (await OpenStorageAsync(app) is not { } storage) continue;
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
        foreach (var engine in engines.Values) await engine.DisposeAsync();
    }

    WorkflowEngine EngineOf(AppSidecar app) => engines.TryGetValue(app.AppId, out var engine)
        ? engine
        : throw new ApiException(
            StatusCodes.Status500InternalServerError,
            StatusCode.Internal,
            "ERR_ACTOR_RUNTIME_NOT_FOUND",
            "the state store is not configured to use the actor runtime. " +
            "Have you set the - name: actorStateStore value: \"true\" in your state store component file?");

    async Task<IWorkflowStorage?> OpenStorageAsync(AppSidecar app)
    {
        var found = context.Components.Where(component => app.Sees(component) && component.IsActorStateStore).ToList();
        if (found is not [var component, ..]) return null;
        if (found is [_, var second, ..]) // Neither does the real runtime start.
        {
            throw new ResourceException(
                second.Source, $"component '{second.Name}' and '{component.Name}' both say actorStateStore, and {app.AppId} sees both; only one may keep its workflows");
        }

        if (component.Type == "state.in-memory" || context.Options.DataDirectory is not { } directory) return new MemoryStorage();

        // Histories are written by this sidecar alone, whatever engine the app's state is in: beside it in SQLite, else in a file of their own.
        var file = component.Type == "state.sqlite" ? component.Setting("connectionString")! : $"workflows.{app.AppId}.db";
        return await SqliteStorage.OpenAsync(SqliteFile.Open(SqliteConnectionText.PathOf(file, directory)), app.AppId);
    }
}

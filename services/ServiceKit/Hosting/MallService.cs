using Dapr.Client;
using MallBots.Contracts;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.Outside;
using MallBots.ServiceKit.State;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MallBots.ServiceKit.Hosting;

/// <summary>Hosts a service: the same for all of them, on Dapr, on Kubernetes, in the local run and in tests.</summary>
public static class MallService
{
    /// <summary>Runs a service until it is told to stop. The <c>Main</c> of every service.</summary>
    /// <returns>0, or 1 when it can't start, with one line that says why.</returns>
    public static async Task<int> Run(ServiceDefinition definition, string[] args)
    {
        try
        {
            await using var app = Build(definition, args);
            await app.RunAsync();
            return 0;
        }
        catch (InvalidOperationException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message);
            return 1;
        }
        catch (IOException taken)
        {
            await Console.Error.WriteLineAsync($"{definition.AppId} does not start: {taken.Message}");
            return 1;
        }
    }

    /// <summary>Builds a service without starting it.</summary>
    /// <param name="definition">The service.</param>
    /// <param name="args">Command line, read as configuration.</param>
    /// <param name="settings">
    /// Configuration that wins over all other, for hosts that run several services in one process: ASPNETCORE_URLS, DAPR_HTTP_ENDPOINT,
    /// DAPR_GRPC_ENDPOINT, DAPR_API_TOKEN, APP_API_TOKEN and whatever the service reads.
    /// </param>
    /// <param name="configure">Last word on the service container, for tests.</param>
    /// <exception cref="InvalidOperationException">The configuration lacks something; the message says what.</exception>
    public static WebApplication Build(
        ServiceDefinition definition, string[] args, IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ApplicationName = typeof(MallService).Assembly.GetName().Name });
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        var options = KitOptions.From(definition.AppId, builder.Configuration);
        builder.WebHost.UseUrls(builder.Configuration["ASPNETCORE_URLS"] ?? builder.Configuration["URLS"]
            ?? Loopback.Urls(builder.Configuration.GetValue("APP_PORT", Apps.Ports[definition.AppId])));
        builder.WebHost.ConfigureKestrel(RequestBounds.Configure);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None); // Whoever asks for the readiness is told, every time.

        var service = new ServiceBuilder(builder.Services, builder.Configuration);
        AddKit(builder.Services, options, service);
        definition.Define(service);
        var keepsState = KeepsState(builder.Services, service);
        if (keepsState) AddBackgroundWork(builder.Services, service);
        Readiness.Add(builder.Services, keepsState);
        configure?.Invoke(builder.Services);

        var app = builder.Build();
        Map(app, definition, service, keepsState);
        return app;
    }

    static void AddKit(IServiceCollection services, KitOptions options, ServiceBuilder service)
    {
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new DaprClientBuilder()
            .UseHttpEndpoint(options.DaprHttpEndpoint).UseGrpcEndpoint(options.DaprGrpcEndpoint).UseDaprApiToken(options.DaprApiToken ?? "").Build());
        services.AddSingleton<IStateStore, DaprStateStore>();
        services.AddSingleton<IBroker, DaprBroker>();
        services.AddSingleton<IBindings, DaprBindings>();
        services.AddSingleton<ISecrets, DaprSecrets>();
        services.AddSingleton<IdSets>();
        services.AddSingleton<SweepSignal>();
        services.AddSingleton<JournalWriter>();
        services.AddSingleton<Publisher>();
        services.AddSingleton<Feed>();
        services.AddSingleton(_ => new Peers(options));
        services.AddSingleton(service.Subscriptions);
        services.AddSingleton<DeadLetters>();
        services.AddSingleton<Deliveries>();
        services.AddSingleton<DeadLetterCommands>();
        services.TryAddSingleton<IFeedCursors, StateCursors>();
        services.AddSingleton<Sweep>();
        services.AddSingleton<CompletionQueue>();

        // AddAuthentication less data protection: nothing here is encrypted, so no service makes keys, or warns that nobody protects them.
        services.AddAuthenticationCore();
        services.AddWebEncoders();
        new AuthenticationBuilder(services).AddDapr(dapr => dapr.Token = options.AppApiToken);
        services.AddAuthorization(authorization => authorization.AddDapr());
        services.AddProblemDetails();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => StrictJson.Configure(json.SerializerOptions));
        services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = TimeSpan.FromSeconds(10);
            // The service stays, and says at /readyz what has failed: `dapr run` restarts no app (fact R1), and one that is gone tells nobody why.
            host.BackgroundServiceExceptionBehavior = BackgroundServiceExceptionBehavior.Ignore;
        });
        ApiDocument.Add(services, options.AppId);
    }

    static bool KeepsState(IServiceCollection services, ServiceBuilder service) =>
        service.Subscriptions.All.Count > 0 || services.Any(registered => registered.ServiceType == typeof(IQueried));

    static void AddBackgroundWork(IServiceCollection services, ServiceBuilder service)
    {
        services.AddHostedService<FlushAtStop>(); // First to start, so last to stop.
        services.AddHostedService(provider => provider.GetRequiredService<CompletionQueue>());
        services.AddHostedService(provider => provider.GetRequiredService<Sweep>());
        if (service.Subscriptions.All.Count > 0) services.AddHostedService<CatchUp>();
    }

    static void Map(WebApplication app, ServiceDefinition definition, ServiceBuilder service, bool keepsState)
    {
        app.Use((context, next) =>
        {
            // At the very start of the answer: what becomes a problem document has its headers cleared before.
            context.Response.OnStarting(static state =>
            {
                var (response, appId) = ((HttpResponse, string))state;
                response.Headers.TryAdd(Peers.Mark, appId);
                return Task.CompletedTask;
            }, (context.Response, definition.AppId));
            return next(context);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = context => Problems.Answer(context, app.Logger),
            SuppressDiagnosticsCallback = _ => true, // Faults and bad input are no news for the log; defects are logged where they are answered.
        });
        app.UseStatusCodePages(context => Problems.AnswerStatus(context.HttpContext));
        app.Use(RequestBounds.Hold);
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();

        var aggregates = app.Services.GetServices<IQueried>().ToList();
        var internals = app.MapGroup("/internal").RequireAuthorization("Dapr").ExcludeFromDescription();
        if (keepsState) InternalRoutes.Map(internals); // Feed, copies and dead letters are in the state store, which the gateway does not see.
        foreach (var aggregate in aggregates) InternalRoutes.MapEntities(internals, aggregate);
        var commands = new InternalApi(internals);
        foreach (var map in service.InternalMaps) map(commands);

        var api = new ApiGroup(app);
        foreach (var map in service.ApiMaps) map(api);
        foreach (var map in service.RouteMaps) map(app);

        EventRoutes.Map(app, service.Subscriptions);
        app.MapSubscribeHandler();
        Readiness.Map(app);
        ApiDocument.Map(app, definition.AppId, service.SwaggerDocuments);
    }
}

/// <summary>
/// Saves the marks that wait when the service stops, so that its next start has less to sweep: before the port is closed, since daprd ends soon after
/// (fact R8), and once more at the very end.
/// </summary>
sealed class FlushAtStop(JournalWriter journal, ILogger<FlushAtStop> log) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Flush(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Flush(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task Flush(CancellationToken cancellationToken)
    {
        try
        {
            await journal.Flush().WaitAsync(TimeSpan.FromSeconds(3), cancellationToken);
        }
        catch (Exception lost) when (lost is UnavailableException or BusyException or TimeoutException or OperationCanceledException)
        {
            log.LogInformation("The journal's last marks were not saved ({Reason}); the sweep will do without them", lost.Message);
        }
    }
}

using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Messaging;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MallBots.ServiceKit.Hosting;

/// <summary>A service of the mall: its app-id and what it is made of.</summary>
/// <param name="AppId">The Dapr app-id.</param>
/// <param name="Define">Says what aggregates, calls and subscriptions it has.</param>
public sealed record ServiceDefinition(string AppId, Action<ServiceBuilder> Define);

/// <summary>What a service says of itself in its <c>Program.cs</c>.</summary>
public sealed class ServiceBuilder
{
    readonly List<Action<ApiGroup>> api = [];
    readonly List<Action<InternalApi>> internals = [];
    readonly List<Action<IEndpointRouteBuilder>> routes = [];

    internal ServiceBuilder(IServiceCollection services, IConfiguration configuration)
    {
        (Services, Configuration) = (services, configuration);
        Subscriptions = new Subscriptions(services);
    }

    /// <summary>The service container, for ports and adapters of the service.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The service's configuration.</summary>
    public IConfiguration Configuration { get; }

    /// <summary>OpenAPI documents that its Swagger UI shows besides its own: address and name.</summary>
    public IList<(string Url, string Name)> SwaggerDocuments { get; } = [];

    internal Subscriptions Subscriptions { get; }

    internal IEnumerable<Action<ApiGroup>> ApiMaps => api;

    internal IEnumerable<Action<InternalApi>> InternalMaps => internals;

    internal IEnumerable<Action<IEndpointRouteBuilder>> RouteMaps => routes;

    /// <summary>An aggregate: <see cref="Documents{T}"/> to change and read it, its internal queries, its place in the feed.</summary>
    public ServiceBuilder Aggregate<T>() where T : class, IAggregate<T>
    {
        Services.AddSingleton<AggregateHost<T>>();
        Services.AddSingleton(provider => provider.GetRequiredService<AggregateHost<T>>().Documents);
        Services.AddSingleton<IJournaled>(provider => provider.GetRequiredService<AggregateHost<T>>().Completion);
        Services.AddSingleton<IQueried>(provider => provider.GetRequiredService<AggregateHost<T>>());
        return this;
    }

    /// <summary>An aggregate that announces calls to the outside, and what carries them out.</summary>
    public ServiceBuilder Aggregate<T, TCarrier>() where T : class, IAggregate<T> where TCarrier : class, ICarrier<T>
    {
        Services.AddSingleton<ICarrier<T>, TCarrier>();
        return Aggregate<T>();
    }

    /// <summary>The calls of the public API.</summary>
    public ServiceBuilder Api(params Action<ApiGroup>[] maps)
    {
        api.AddRange(maps);
        return this;
    }

    /// <summary>The internal commands.</summary>
    public ServiceBuilder Internal(params Action<InternalApi>[] maps)
    {
        internals.AddRange(maps);
        return this;
    }

    /// <summary>What the service hears of others.</summary>
    public ServiceBuilder Subscribe(params Action<Subscriptions>[] maps)
    {
        foreach (var map in maps) map(Subscriptions);
        return this;
    }

    /// <summary>Something of its own that the service needs; <c>/readyz</c> says when it fails.</summary>
    /// <typeparam name="TCheck">The check; it is given up after 2 s.</typeparam>
    /// <param name="name">What is checked, as a reason names it.</param>
    /// <param name="failing">What the service is meanwhile: unhealthy is 503, degraded 200.</param>
    public ServiceBuilder Needs<TCheck>(string name, HealthStatus failing = HealthStatus.Unhealthy) where TCheck : class, IHealthCheck
    {
        Readiness.Add<TCheck>(Services, name, failing);
        return this;
    }

    /// <summary>Routes that are no calls of the API, such as the gateway's.</summary>
    public ServiceBuilder Routes(params Action<IEndpointRouteBuilder>[] maps)
    {
        routes.AddRange(maps);
        return this;
    }
}

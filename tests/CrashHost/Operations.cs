using MallBots.Contracts;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Messaging;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.CrashHost;

/// <summary>Something that a service does when it is asked to, or told of an event: found among its registered routes.</summary>
/// <param name="App">App-id of the service.</param>
/// <param name="Method">HTTP method.</param>
/// <param name="Pattern">Pattern of the route.</param>
/// <param name="Topic">The topic whose events come there; null for a command.</param>
/// <param name="Saves">True when it can't be done without a save in the state store.</param>
sealed record Operation(string App, string Method, string Pattern, string? Topic, bool Saves)
{
    public string Name => Topic is null ? $"{App} {Method} {Pattern}" : $"{App} hears {Topic}";

    /// <summary>What a service does with its entities by itself: its bots, workflows, sweeps.</summary>
    public static string ByItself(string app, string resource) => $"{app} by itself: {resource}";
}

/// <summary>All operations of one service: every route that changes something and every subscription.</summary>
sealed class Operations
{
    readonly List<(Operation Operation, TemplateMatcher Matcher)> routes;
    readonly Dictionary<string, string> hearers, keepers;

    Operations(List<(Operation Operation, TemplateMatcher)> routes, IReadOnlyCollection<Topic> topics)
    {
        this.routes = routes;
        hearers = topics.ToDictionary(topic => topic.Resource, topic => routes.Find(route => route.Operation.Topic == topic.Name).Operation.Name);
        keepers = topics.ToDictionary(ReplicaKeys.Prefix, topic => hearers[topic.Resource]);
    }

    public IEnumerable<Operation> All => routes.Select(route => route.Operation);

    public static Operations Of(string app, IServiceProvider services)
    {
        var topics = services.GetRequiredService<Subscriptions>().All.Select(subscription => subscription.Topic).ToDictionary(topic => $"/events/{topic.Name}");
        var keepsDocuments = services.GetServices<IQueried>().Any();
        var routes =
            from endpoint in services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            orderby endpoint.RoutePattern.InboundPrecedence
            from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
            where !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method)
            let pattern = $"/{endpoint.RoutePattern.RawText?.TrimStart('/')}"
            let topic = topics.GetValueOrDefault(pattern)
            let saves = keepsDocuments && (topic is not null || pattern.StartsWith("/api/", StringComparison.Ordinal))
            select (new Operation(app, method, pattern, topic?.Name, saves), new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), new()));
        return new Operations([.. routes], topics.Values);
    }

    /// <summary>The operation that a request is for; null for one that changes nothing.</summary>
    public Operation? Find(HttpRequest request) => routes.Find(route =>
        HttpMethods.Equals(route.Operation.Method, request.Method) && route.Matcher.TryMatch(request.Path, new())).Operation;

    /// <summary>The event handler that a change of this cause belongs to, on whichever way the service saw the entity; null when it is none.</summary>
    /// <param name="causation">Id of an event or of an item of a feed, <c>&lt;resource&gt;.&lt;id&gt;.&lt;version&gt;</c>.</param>
    public string? HearerOf(string? causation) => causation?.Split('.') is [var resource, _, _] ? hearers.GetValueOrDefault(resource) : null;

    /// <summary>The event handler that keeps copies under keys of this prefix, <c>&lt;owner&gt;-&lt;resource&gt;</c>; null when there is none.</summary>
    public string? KeeperOf(string prefix) => keepers.GetValueOrDefault(prefix);
}

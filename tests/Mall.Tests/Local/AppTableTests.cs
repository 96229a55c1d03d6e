using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Hosting;
using MallBots.Sidecar.Invocation;
using MallBots.TestKit;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>
/// The table of apps (<see cref="Apps"/>) says what the services really do: what they hear and publish, which of their routes others invoke, and that nobody
/// else gets in.
/// </summary>
public sealed class AppTableTests(AppTableTests.AnyMall any) : IClassFixture<AppTableTests.AnyMall>
{
    /// <summary>Internal routes that are asked at the app's own port alone, and by whom.</summary>
    static readonly Dictionary<string, string> NotInvoked = new()
    {
        ["GET /internal/replicas"] = "the auditor: what the app keeps copies of",
        ["GET /internal/replicas/{owner}/{resource}"] = "the auditor: the copies",
        ["GET /internal/provider-ledger"] = "the auditor: what the simulated payment provider has",
        ["GET /internal/store/{id}/events"] = "the auditor: the life of an entity",
        ["GET /internal/product/{id}/events"] = "the same",
        ["GET /internal/customer/{id}/events"] = "the same",
        ["GET /internal/basket/{id}/events"] = "the same",
        ["GET /internal/payment/{id}/events"] = "the same",
        ["GET /internal/order/{id}/events"] = "the same",
        ["GET /internal/shopping-list/{id}/events"] = "the same",
        ["GET /internal/bot"] = "the auditor: no app hears of bots",
        ["GET /internal/bot/{id}"] = "the same",
        ["GET /internal/bot/{id}/events"] = "the same",
        ["GET /internal/notification"] = "the auditor: no app hears of notifications",
        ["GET /internal/notification/{id}"] = "the same",
        ["GET /internal/notification/{id}/events"] = "the same",
        ["GET /internal/process"] = "the auditor: the process documents are order-workflow's own",
        ["GET /internal/process/{id}"] = "the same",
        ["GET /internal/process/{id}/events"] = "the same",
    };

    /// <summary>The same for apps whose feed nobody walks.</summary>
    static readonly Dictionary<string, string[]> NotInvokedAt = new()
    {
        ["GET /internal/changes"] = [Apps.Notifications, Apps.OrderWorkflow, Apps.Search],
    };

    static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    LocalMall Mall => any.Mall;

    [Fact]
    public void The_table_has_every_service_with_its_folder_and_its_assembly()
    {
        Assert.Equal(Apps.All.Select(app => app.Id).Order(), MallServices.All.Keys.Order());
        Assert.All(MallServices.All, service => Assert.Equal(service.Key, service.Value.AppId));
        Assert.All(Apps.All, app => Assert.True(File.Exists(Repository.PathOf($"services/{app.Name}/{app.Name}.csproj")), app.Name));
        Assert.All(Apps.All, app => Assert.Equal($"MallBots.{app.Name}", AssemblyOf(app).GetName().Name));
        Assert.Equal(
            Apps.All.Select(app => app.Name).Concat(["Contracts", "ServiceKit"]).Order(),
            Directory.EnumerateDirectories(Repository.PathOf("services")).Select(Path.GetFileName).Order());
        Assert.Equal(Apps.All.Count, Apps.All.Select(app => app.Port).Distinct().Count());
    }

    [Fact]
    public async Task Every_service_subscribes_to_exactly_what_it_hears()
    {
        foreach (var app in Apps.All)
        {
            using var http = WatchedHttp.Client(Mall[app.Id]);
            var subscriptions = (await http.GetFromJsonAsync<List<JsonElement>>("/dapr/subscribe", Cancel))!;
            Assert.Equal((app.Id, Joined(app.Hears)), (app.Id, Joined(subscriptions.Select(subscription => subscription.GetProperty("topic").GetString()!))));
            Assert.All(subscriptions, subscription => Assert.Equal(ComponentNames.PubSub, subscription.GetProperty("pubsubName").GetString()));
        }
    }

    [Fact]
    public void Every_service_publishes_exactly_what_the_table_says()
    {
        foreach (var app in Apps.All)
        {
            // Any event of the assembly that is published: an aggregate of another topic publishes nothing.
            var aggregates = AssemblyOf(app).GetTypes().Where(IsAggregate).Select(type => (Topic)type.GetProperty("Topic", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!).ToList();
            Assert.Equal((app.Id, Joined(app.Publishes)), (app.Id, Joined(aggregates.Where(Topics.All.Contains))));
            Assert.Equal(aggregates.Select(topic => topic.Resource).Order(), Routes(app).Select(route => route.Path).Where(path => path.EndsWith("/{id}/events", StringComparison.Ordinal)).Select(path => path.Split('/')[2]).Order());
            if (app.Publishes.Count == 0) Assert.DoesNotContain(AssemblyOf(app).GetTypes(), type => type.GetCustomAttribute<PublishedAttribute>() is not null);
        }
    }

    [Fact]
    public void Every_internal_route_is_invoked_by_those_of_the_table_or_by_nobody()
    {
        foreach (var app in Apps.All)
        {
            var internals = Routes(app).Where(route => route.Path.StartsWith("/internal/", StringComparison.Ordinal)).ToList();
            Assert.Equal((app.Id, app.Components.Contains(ComponentNames.StateStore)), (app.Id, internals.Count > 0)); // They ask the state store.
            foreach (var (method, path) in internals)
            {
                var isInvoked = app.InvokedRoutes.Any(route => Covers(route, method, path));
                var isListed = NotInvoked.ContainsKey($"{method} {path}") || NotInvokedAt.GetValueOrDefault($"{method} {path}", []).Contains(app.Id);
                Assert.True(isInvoked != isListed, $"{app.Id}: {method} {path} is {(isInvoked ? "in the table and in the list of those that nobody invokes" : "in neither")}.");
            }
        }

        var mapped = Apps.All.SelectMany(Routes).Select(route => $"{route.Method} {route.Path}").ToHashSet();
        Assert.Empty(NotInvoked.Keys.Concat(NotInvokedAt.Keys).Except(mapped));
    }

    [Fact]
    public void Every_route_of_the_table_is_one_of_the_service()
    {
        foreach (var app in Apps.All)
        {
            var real = Routes(app).ToList();
            foreach (var route in app.InvokedRoutes)
            {
                Assert.All(route.Callers, caller => Assert.NotEqual(app.Id, Apps.Of(caller).Id));
                foreach (var method in route.Methods.Contains("*") ? ["GET"] : route.Methods)
                    Assert.True(real.Any(each => Covers(route, each.Method, each.Path) && each.Method == method), $"{app.Id} has no {method} {route.Path}.");
            }

            Assert.All(app.Resources, resource => Assert.Contains(real, each => Covers(new($"/api/{resource}/**", ["*"], []), each.Method, each.Path)));
        }
    }

    [Fact]
    public void Every_internal_command_is_in_the_table_and_no_other()
    {
        var commands = typeof(IInternalCommand).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && typeof(IInternalCommand).IsAssignableFrom(type));
        Assert.Equal(
            commands.Select(type => $"{Static(type, "App")} {Static(type, "Route")}").Order(),
            Apps.All.SelectMany(app => app.Commands, (app, command) => $"{app.Id} {command.Route}").Order());

        static string Static(Type type, string name) => (string)type.GetProperty(name, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
    }

    /// <summary>Fact I6: in a list of operations one path can hide another. The sidecar matches as daprd does.</summary>
    [Fact]
    public void Access_control_lets_exactly_the_routes_of_the_table_through()
    {
        var allowed = 0;
        foreach (var app in Apps.All)
        {
            var rules = new AccessRules(LocalMall.SidecarOf(app.Id).AccessControl!);
            var paths = Routes(app).Select(route => route.Path).Distinct().ToList();
            foreach (var caller in Apps.All.Select(each => each.Id).Where(id => id != app.Id).Append("stranger"))
            {
                foreach (var path in paths)
                {
                    foreach (var method in Methods)
                    {
                        var expected = app.InvokedRoutes.Any(route => route.Callers.Contains(caller) && Covers(route, method, path));
                        var address = path.Replace("{**rest}", "a/b", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
                        Assert.True(expected == rules.Allow(caller, method, address), $"{caller} {(expected ? "may not" : "may")} invoke {method} {address} of {app.Id}.");
                        if (expected) allowed++;
                    }
                }
            }
        }

        Assert.True(allowed > 300, $"{allowed}");
    }

    [Fact]
    public async Task An_invocation_that_is_not_in_the_table_is_refused_and_changes_nothing()
    {
        using var mall = new MallDriver(Mall[Apps.Gateway]);
        var customer = await mall.Customer();
        var payment = await mall.Payment(customer, 5m);
        var release = KitJson.Write(new ReleasePayment(payment, payment, customer, "w", "s"));
        var before = (await mall.Get($"/api/payments/{payment}")).Expect(200).Body.GetRawText();

        // All at once: the policy for calls repeats what is refused, too (fact I6).
        var refusals = await Task.WhenAll(Apps.All.Select(app => app.Id).Except([Apps.OrderWorkflow, Apps.Payments])
            .Select(caller => Invoke(caller, HttpMethod.Post, Apps.Payments, "internal/release-payment", release)));
        Assert.All(refusals, refusal => Assert.Equal(HttpStatusCode.Forbidden, refusal.Status));
        Assert.All(refusals, refusal => Assert.Contains("access control policy has denied access", refusal.Body, StringComparison.Ordinal));
        Assert.Equal(before, (await mall.Get($"/api/payments/{payment}")).Expect(200).Body.GetRawText());

        Assert.Equal(HttpStatusCode.OK, (await Invoke(Apps.OrderWorkflow, HttpMethod.Post, Apps.Payments, "internal/release-payment", release)).Status);
    }

    [Fact]
    public async Task A_call_gets_through_when_the_table_names_it()
    {
        (string Caller, string Callee, string Path, bool GetsThrough)[] calls =
        [
            (Apps.Gateway, Apps.Stores, "internal/changes", false), (Apps.Payments, Apps.Stores, "internal/changes", false), (Apps.Baskets, Apps.Stores, "internal/changes", true),
            (Apps.Gateway, Apps.Customers, "internal/customer", false), (Apps.Depot, Apps.Customers, "internal/customer", false), (Apps.Search, Apps.Customers, "internal/customer", true),
            (Apps.Search, Apps.Ordering, "internal/dead-letters", false), (Apps.Gateway, Apps.Ordering, "internal/dead-letters", true),
            (Apps.Search, Apps.Ordering, "api/orders", false), (Apps.Gateway, Apps.Ordering, "api/orders", true),
            (Apps.Gateway, Apps.Ordering, "dapr/subscribe", false), (Apps.Stores, Apps.Gateway, "healthz", false),
        ];
        var answers = await Task.WhenAll(calls.Select(call => Invoke(call.Caller, HttpMethod.Get, call.Callee, call.Path)));
        Assert.Equal(
            calls.Select(call => (call.Caller, call.Callee, call.Path, call.GetsThrough ? HttpStatusCode.OK : HttpStatusCode.Forbidden)),
            calls.Zip(answers, (call, answer) => (call.Caller, call.Callee, call.Path, answer.Status)));
    }

    async Task<(HttpStatusCode Status, string Body)> Invoke(string caller, HttpMethod method, string callee, string path, byte[]? json = null)
    {
        using var http = WatchedHttp.Client(new Uri($"http://127.0.0.1:{Mall.Sidecars[caller].HttpPort}"));
        using var request = new HttpRequestMessage(method, $"/v1.0/invoke/{callee}/method/{path}");
        request.Headers.Add("dapr-api-token", Mall.ServicesOf(caller).GetRequiredService<KitOptions>().DaprApiToken);
        if (json is not null) request.Content = new StringContent(Encoding.UTF8.GetString(json), Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>The routes that the service has mapped, one entry for each method; those without methods have all.</summary>
    IEnumerable<(string Method, string Path)> Routes(App app) =>
        from endpoint in Mall.ServicesOf(app.Id).GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + endpoint.RoutePattern.RawText!.Trim('/').Replace("{documentName}", "v1", StringComparison.Ordinal)
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : Methods
        select (method, path);

    /// <summary>What the table means, in the simplest way: the path itself, with <c>/**</c> it and all below, with <c>/*</c> it and the next segment.</summary>
    static bool Covers(InvokedRoute route, string method, string path)
    {
        var isBelow = route.Path.EndsWith("/**", StringComparison.Ordinal) && path.StartsWith(route.Path[..^2], StringComparison.Ordinal)
            || route.Path.EndsWith("/*", StringComparison.Ordinal) && path.StartsWith(route.Path[..^1], StringComparison.Ordinal) && !path[(route.Path.Length - 1)..].Contains('/', StringComparison.Ordinal);
        return (isBelow || path == route.Path.Replace("/**", "", StringComparison.Ordinal).Replace("/*", "", StringComparison.Ordinal)) && (route.Methods.Contains("*") || route.Methods.Contains(method));
    }

    static Assembly AssemblyOf(App app) => MallServices.All[app.Id].Define.Method.Module.Assembly;

    static bool IsAggregate(Type type) =>
        type.GetInterfaces().Any(each => each.IsGenericType && each.GetGenericTypeDefinition() == typeof(IAggregate<>) && each.GenericTypeArguments[0] == type);

    static string Joined(IEnumerable<Topic> topics) => Joined(topics.Select(topic => topic.Name));

    static string Joined(IEnumerable<string> names) => string.Join(' ', names.Order(StringComparer.Ordinal));

    /// <summary>All services in memory; what is asked here changes nothing that matters.</summary>
    public sealed class AnyMall : IAsyncLifetime
    {
        /// <summary>The mall.</summary>
        public LocalMall Mall { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() => Mall = await LocalMall.StartAsync(new LocalMallOptions());

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Mall.DisposeAsync();
    }
}

using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Mall.Tests.Health;

/// <summary>Every service at its /readyz, and all of them at the gateway's /health: with what it needs, without its store, without its sidecar, with background work that has ended.</summary>
public sealed class ReadinessTests
{
    static readonly string[] OfEveryService = ["CompletionQueue", "Sweep"];

    /// <summary>They hear of nobody.</summary>
    static readonly string[] WithoutOwners = [Apps.Stores, Apps.Customers];

    /// <summary>What runs in the background besides that.</summary>
    static readonly Dictionary<string, string[]> OfOne = new()
    {
        [Apps.Payments] = ["HoldSweep"],
        [Apps.OrderWorkflow] = ["RunSweep", "WorkflowWorker"],
        [Apps.Depot] = ["SimulatedBots", "BotLeases"],
        [Apps.Search] = ["Rebuild"],
        [Apps.Gateway] = [],
    };

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_is_ready_with_what_it_needs_and_not_without_its_store_or_when_any_of_its_background_work_has_ended()
    {
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions { LogLevel = LogLevel.None }, Cancel);
        using var gateway = new MallDriver(mall[Apps.Gateway]);
        foreach (var app in Apps.Ports.Keys) await Until(mall, app, 200, "ready");
        Assert.Equal("ready", (await gateway.Until("/health", answer => answer.Code == 200 && answer.Text("status") == "ready")).Text("status"));

        mall.Sidecars.Traps.StateIsAway = true;
        foreach (var app in Apps.Ports.Keys.Except([Apps.Gateway]))
            Assert.Contains("The state store behind the sidecar does not answer.", await Until(mall, app, 503, "unavailable"));
        await Until(mall, Apps.Gateway, 200, "ready"); // It has no store.
        var health = (await gateway.Get("/health")).Expect(503).Body;
        Assert.Equal("unavailable", health.GetProperty("status").GetString());
        Assert.Equal(Apps.Ports.Keys.Except([Apps.Gateway]).Order(), health.GetProperty("services").EnumerateObject().Select(service => service.Name).Order());
        Assert.All(health.GetProperty("services").EnumerateObject(), service => Assert.Contains("The state store behind the sidecar does not answer.", Reasons(service.Value)));
        mall.Sidecars.Traps.StateIsAway = false;
        foreach (var app in Apps.Ports.Keys) await Until(mall, app, 200, null); // What the outage left behind may be a backlog still.

        foreach (var app in Apps.Ports.Keys)
        {
            var background = mall.ServicesOf(app).GetServices<IHostedService>().OfType<BackgroundService>().ToList();
            string[] expected = app == Apps.Gateway ? [] : [.. OfEveryService, .. WithoutOwners.Contains(app) ? [] : new[] { "CatchUp" }, .. OfOne.GetValueOrDefault(app, [])];
            Assert.Equal(expected.Order(), background.Select(service => service.GetType().Name).Order());
            List<string> ended = [];
            foreach (var service in background)
            {
                await service.StopAsync(Cancel);
                ended.Add($"{service.GetType().Name} has ended.");
                var reasons = string.Join(' ', await Until(mall, app, 503, "unavailable"));
                Assert.All(ended, reason => Assert.Contains(reason, reasons));
            }

            if (background.Count == 0) continue;
            var shown = (await gateway.Get("/health")).Expect(503).Body.GetProperty("services").GetProperty(app);
            Assert.All(ended, reason => Assert.Contains(reason, string.Join(' ', Reasons(shown))));
        }
    }

    [Fact]
    public async Task No_service_is_ready_without_its_sidecar_and_each_says_so_in_time()
    {
        var closed = $"http://127.0.0.1:{FreePorts.Row(1)}";
        foreach (var (app, definition) in MallServices.All)
        {
            await using var service = await RunningService.StartAsync(
                definition,
                new Dictionary<string, string?>
                {
                    ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                    ["DAPR_HTTP_ENDPOINT"] = closed,
                    ["DAPR_GRPC_ENDPOINT"] = closed,
                    ["APP_API_TOKEN"] = "t",
                    ["Search:Database"] = ":memory:",
                    ["Logging:LogLevel:Default"] = "None",
                },
                Cancel);
            using var driver = new MallDriver(service.Address);
            var answer = (await driver.Get("/readyz")).Expect(503);
            Assert.Equal("unavailable", answer.Text("status"));
            var reasons = string.Join(' ', Reasons(answer.Body));
            Assert.Matches(app == Apps.Gateway ? "The sidecar does not answer|The sidecar did not answer" : "The state store (behind the sidecar does|did) not answer", reasons);
            if (app == Apps.OrderWorkflow) Assert.Contains("workflow runtime", reasons);
            (await driver.Get("/healthz")).Expect(200);
        }
    }

    [Fact]
    public async Task Search_without_its_database_is_unavailable()
    {
        var port = FreePorts.Row(1);
        await using var mall = await LocalMall.StartAsync(
            new LocalMallOptions
            {
                Apps = [Apps.Search],
                LogLevel = LogLevel.None,
                Settings = new Dictionary<string, string?> { ["Search:Postgres"] = $"Host=127.0.0.1;Port={port};Username=mall;Password=x;Timeout=2" },
            },
            Cancel);
        Assert.Contains("The search database", string.Join(' ', await Until(mall, Apps.Search, 503, "unavailable")));
        using var search = new MallDriver(mall[Apps.Search]);
        (await search.Get("/healthz")).Expect(200);
        (await search.Get("/api/search/products")).ExpectProblem(503, "unavailable");
    }

    /// <summary>The reasons, once the answer is as wanted.</summary>
    static async Task<IReadOnlyList<string>> Until(LocalMall mall, string app, int code, string? status)
    {
        using var service = new MallDriver(mall[app]);
        return Reasons((await service.Until("/readyz", answer => answer.Code == code && (status is null || answer.Text("status") == status))).Body);
    }

    static List<string> Reasons(JsonElement answer) => [.. answer.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()!)];
}

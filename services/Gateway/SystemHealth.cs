using System.Text.Json;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.Gateway;

/// <summary>GET /health: is the whole system ready? 503 when a service is not.</summary>
static class SystemHealth
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/health", async (Peers peers, CancellationToken cancel) =>
    {
        var services = await Task.WhenAll(Destinations.Apps.Select(app => Ask(peers, app, cancel)));
        var ready = services.All(service => service.Ready);
        return Results.Json(
            new { status = ready ? "ready" : "unavailable", services = services.ToDictionary(service => service.App, service => service.Report) },
            statusCode: ready ? 200 : 503);
    }).ExcludeFromDescription();

    static async Task<(string App, bool Ready, object Report)> Ask(Peers peers, string app, CancellationToken cancel)
    {
        try
        {
            var (status, report) = await peers.Get(app, "readyz", cancel);
            return (app, status == 200, report);
        }
        catch (UnavailableException away)
        {
            return (app, false, JsonSerializer.SerializeToElement(new { status = "unavailable", reasons = new[] { away.Message } }));
        }
    }
}

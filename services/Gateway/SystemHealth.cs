using System.Text.Json;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.Gateway;

/// <summary>GET /health: the readiness of every service. Unavailable, 503, when one of them is; else degraded, 200, when one of them is.</summary>
static class SystemHealth
{
    const string Ready = "ready", Degraded = "degraded", Unavailable = "unavailable";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/health", async (Peers peers, CancellationToken cancel) =>
    {
        var services = await Task.WhenAll(Destinations.Apps.Select(app => Ask(peers, app, cancel)));
        var status = services.Any(service => service.Status == Unavailable) ? Unavailable : services.Any(service => service.Status == Degraded) ? Degraded : Ready;
        return Results.Json(
            new { status, services = services.ToDictionary(service => service.App, service => service.Report) },
            statusCode: status == Unavailable ? 503 : 200);
    }).ExcludeFromDescription();

    static async Task<(string App, string Status, object Report)> Ask(Peers peers, string app, CancellationToken cancel)
    {
        try
        {
            var (status, report) = await peers.Get(app, "readyz", cancel);
            return (app, status != 200 ? Unavailable : StatusOf(report) == Degraded ? Degraded : Ready, report);
        }
        catch (UnavailableException away)
        {
            return (app, Unavailable, new { status = Unavailable, reasons = new[] { away.Message } });
        }
    }

    static string? StatusOf(JsonElement report) =>
        report.ValueKind == JsonValueKind.Object && report.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.String ? status.GetString() : null;
}

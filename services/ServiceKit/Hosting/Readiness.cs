using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MallBots.ServiceKit.Hosting;

/// <summary>
/// <c>/healthz</c>: alive, asks nobody. <c>/readyz</c>: a key is read, since the sidecar's own health says nothing about the store (fact S11); a backlog or
/// dead letters make the service degraded, which is still 200 (specification 2).
/// </summary>
static class Readiness
{
    public static void Map(IEndpointRouteBuilder endpoints, bool keepsState)
    {
        endpoints.MapGet("/healthz", () => Results.Ok(new { status = "alive" })).ExcludeFromDescription();
        endpoints.MapGet("/readyz", async (IStateStore store, Sweep sweep, DeadLetters letters, CancellationToken cancel) =>
        {
            if (!keepsState) return Results.Ok(new { status = "ready", reasons = Array.Empty<string>() });
            List<string> reasons = [];
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                limit.CancelAfter(TimeSpan.FromSeconds(2));
                await store.Get("readyz", limit.Token);
                if (sweep.Backlog > 0) reasons.Add($"{sweep.Backlog} changes are not published or carried out yet.");
                if ((await letters.List(limit.Token)).Count is > 0 and var dead) reasons.Add($"{dead} dead letters.");
            }
            catch (Exception away) when (away is UnavailableException or OperationCanceledException && !cancel.IsCancellationRequested)
            {
                return Results.Json(new { status = "unavailable", reasons = new[] { "The state store behind the sidecar does not answer." } }, statusCode: 503);
            }

            return Results.Ok(new { status = reasons.Count == 0 ? "ready" : "degraded", reasons });
        }).ExcludeFromDescription();
    }
}

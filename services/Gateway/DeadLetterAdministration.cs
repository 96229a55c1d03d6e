using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Gateway;

/// <summary>For operators: events that a service could not handle, to look at, to redrive after a fix, or to drop.</summary>
static class DeadLetterAdministration
{
    static readonly RefusalKind AppUnknown = new("app-unknown", 404, "There is no such app");
    static readonly RefusalKind Unknown = new("dead-letter-unknown", 404, "There is no such dead letter");
    static readonly RefusalKind StillFails = new("dead-letter-fails", 409, "The event fails again");

    public static void Map(ApiGroup api)
    {
        api.Get("/dead-letters", List).Summary("Lists dead letters, the last to fail first").Query("app").Answers<Page<ListedDeadLetter>>().Refuses(AppUnknown);
        api.Get("/dead-letters/{app}/{id}", (HttpContext context, string app, string id, Sidecar sidecar) => To(context, sidecar, app, $"/{id}"))
            .Summary("Shows a dead letter with its reason").Answers<DeadLetter>().Refuses(AppUnknown, Unknown);
        api.Post("/dead-letters/{app}/{id}/redrive", (HttpContext context, string app, string id, Sidecar sidecar) => To(context, sidecar, app, $"/{id}/redrive"))
            .Summary("Handles the event again; it is gone when that works").Answers(204).Refuses(AppUnknown, Unknown, StillFails);
        api.Delete("/dead-letters/{app}/{id}", (HttpContext context, string app, string id, Sidecar sidecar) => To(context, sidecar, app, $"/{id}"))
            .Summary("Drops a dead letter").Answers(204).Refuses(AppUnknown);
    }

    static async Task<IResult> List(string? app, Peers peers, CancellationToken cancel)
    {
        if (app is not null && !Destinations.Apps.Contains(app)) return Answers.Problem(AppUnknown.Because($"There is no app {app}."));
        var letters = await Task.WhenAll((app is null ? Destinations.Apps : [app]).Select(async of =>
        {
            var (_, page) = await peers.Get(of, "internal/dead-letters", cancel);
            return page.GetProperty("items").EnumerateArray().Select(letter => new ListedDeadLetter(of, letter));
        }));
        return Results.Ok(new Page<ListedDeadLetter>([.. letters.SelectMany(each => each).OrderByDescending(each => each.DeadLetter.GetProperty("lastAt").GetDateTimeOffset())], null));
    }

    static async Task<IResult> To(HttpContext context, Sidecar sidecar, string app, string path)
    {
        if (!Destinations.Apps.Contains(app)) return Answers.Problem(AppUnknown.Because($"There is no app {app}."));
        await sidecar.Forward(context, app, $"/internal/dead-letters{path}");
        return Results.Empty;
    }
}

/// <summary>A dead letter and whose it is.</summary>
/// <param name="App">App-id of the consumer.</param>
/// <param name="DeadLetter">The dead letter.</param>
sealed record ListedDeadLetter(string App, JsonElement DeadLetter);

using System.Text.Json;
using System.Text.Json.Serialization;
using MallBots.Contracts;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;

namespace MallBots.Gateway;

/// <summary>For operators: events that a service could not handle, to look at, to redrive after a fix, or to drop.</summary>
static class DeadLetterAdministration
{
    const string Remembered = "The same Idempotency-Key again answers as the first time, for 24 hours, and touches no letter that came since.";
    static readonly RefusalKind AppUnknown = new("app-unknown", 404, "There is no such app");
    static readonly RefusalKind Unknown = new("dead-letter-unknown", 404, "There is no such dead letter");
    static readonly RefusalKind StillFails = new("dead-letter-fails", 409, "The event fails again");
    static readonly RefusalKind Busy = new("busy", 503, "Too much at once");

    public static void Map(ApiGroup api)
    {
        api.Get("/dead-letters", List).Summary("Lists dead letters, the last to fail first")
            .Describe("What answers is listed; unanswered names the apps that did not. 503 when none of those that were asked answered. A letter that fails again meanwhile moves to the front.")
            .Query("app", "limit", "cursor").Answers<DeadLetterPage>().Refuses(AppUnknown);
        api.Get("/dead-letters/{app}/{id}", (HttpContext context, string app, string id, Sidecar sidecar) => To(context, sidecar, app, id, ""))
            .Summary("Shows a dead letter with its reason")
            .Describe("message names the member of the event that is missing or wrong; event is the whole event as it came, as text.")
            .Answers<DeadLetter>().Refuses(AppUnknown, Unknown);
        api.Post("/dead-letters/{app}/{id}/redrive", (HttpContext context, string app, string id, Sidecar sidecar) => To(context, sidecar, app, id, "/redrive"))
            .Summary("Handles the event again; it is gone when that works").Describe($"An event that fails again stays, with its new reason. {Remembered}")
            .Answers(204).Refuses(AppUnknown, Unknown, StillFails, Busy);
        api.Delete("/dead-letters/{app}/{id}", (HttpContext context, string app, string id, Sidecar sidecar) => To(context, sidecar, app, id, ""))
            .Summary("Drops a dead letter").Describe($"Also when there is none. {Remembered}").TakesKey().Answers(204).Refuses(AppUnknown, Unknown, Busy);
    }

    static async Task<IResult> List(ListQuery query, Peers peers, CancellationToken cancel)
    {
        var app = query.Text("app");
        if (app is not null && !Destinations.Apps.Contains(app)) return Answers.Problem(AppUnknown.Because($"There is no app {app}."));
        var after = query.Paging.Cursor is { } cursor ? DeadLetterCursor.Read(cursor) : null;
        var limit = query.Paging.Limit;

        var answers = await Task.WhenAll((app is null ? Destinations.Apps : [app]).Select(async of => (App: of, Page: await Ask(peers, of, after, limit, cancel))));
        var unanswered = answers.Where(answer => answer.Page is null).Select(answer => answer.App).Order(StringComparer.Ordinal).ToList();
        if (unanswered.Count == answers.Length) throw new UnavailableException($"{string.Join(", ", unanswered)} did not answer.");

        // A service of an earlier version answers all of its letters, whatever was asked for.
        var letters = (from answer in answers
                       from letter in answer.Page?.Items ?? []
                       let place = PlaceOf(answer.App, letter)
                       where after is null || place.CompareTo(after) > 0
                       orderby place
                       select (Place: place, Letter: new ListedDeadLetter(answer.App, letter))).Take(limit + 1).ToList();
        var items = letters.Take(limit).ToList();
        var more = letters.Count > limit || answers.Any(answer => answer.Page?.Next is not null);
        return Results.Ok(new DeadLetterPage([.. items.Select(item => item.Letter)], more && items.Count > 0 ? items[^1].Place.ToString() : null, unanswered));
    }

    /// <summary>What an app has behind this place; null when it does not answer, or not with its letters.</summary>
    static async Task<Page<DeadLetter>?> Ask(Peers peers, string app, DeadLetterCursor? after, int limit, CancellationToken cancel)
    {
        try
        {
            var (status, page) = await peers.Get(app, $"internal/dead-letters?limit={limit}{(after is null ? "" : $"&cursor={Within(app, after)}")}", cancel);
            return status == 200 ? page.Deserialize<Page<DeadLetter>>(KitJson.Options) : null;
        }
        catch (Exception away) when (away is UnavailableException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Place of a letter among those of all apps: of those that failed at once, by app and id.</summary>
    static DeadLetterCursor PlaceOf(string app, DeadLetter letter) => new(letter.LastAt.UtcTicks, $"{app}.{letter.Id}");

    /// <summary>The same place among the letters of one app.</summary>
    static DeadLetterCursor Within(string app, DeadLetterCursor place)
    {
        var dot = place.Id.IndexOf('.', StringComparison.Ordinal);
        var order = string.CompareOrdinal($"{app}.", dot < 0 ? place.Id : place.Id[..(dot + 1)]);
        return order == 0 ? place with { Id = place.Id[(dot + 1)..] }
            : order > 0 ? place with { Id = "" }
            : new(Math.Max(0, place.LastAt - 1), "");
    }

    static async Task<IResult> To(HttpContext context, Sidecar sidecar, string app, string id, string action)
    {
        if (!Destinations.Apps.Contains(app)) return Answers.Problem(AppUnknown.Because($"There is no app {app}."));
        if (!DeadLetter.IsId(id)) return Answers.Problem(Unknown.Because($"{id} is no id of a dead letter."));
        await sidecar.Forward(context, app, $"/internal/dead-letters/{id}{action}");
        return Results.Empty;
    }
}

/// <summary>A dead letter and whose it is.</summary>
/// <param name="App">App-id of the consumer.</param>
/// <param name="DeadLetter">The dead letter.</param>
sealed record ListedDeadLetter(string App, DeadLetter DeadLetter);

/// <summary>A page of the dead letters of all apps.</summary>
/// <param name="Items">The letters, the last to fail first.</param>
/// <param name="Next">Cursor of the next page; null on the last.</param>
/// <param name="Unanswered">App-ids of those that did not answer; their letters are not in this page.</param>
sealed record DeadLetterPage(
    IReadOnlyList<ListedDeadLetter> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next, IReadOnlyList<string> Unanswered);

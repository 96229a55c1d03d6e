using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MallBots.ServiceKit.Http;

/// <summary>Commands from other services: <c>POST /internal/&lt;command&gt;</c>, behind the sidecar's token (specification 2, between services).</summary>
public sealed class InternalApi
{
    readonly RouteGroupBuilder routes;

    internal InternalApi(RouteGroupBuilder routes) => this.routes = routes;

    /// <summary>Maps an internal command. The handler's first parameter is the command; it may take services, and the <see cref="Command"/> to change documents with.</summary>
    /// <typeparam name="TCommand">The command.</typeparam>
    /// <param name="handle">Answers every business case; what it throws is a fault.</param>
    public InternalApi On<TCommand>(Func<TCommand, Command, IServiceProvider, Task<CommandAnswer>> handle) where TCommand : IInternalCommand
    {
        routes.MapPost(TCommand.Route, async (HttpContext context) =>
        {
            var sent = await Read<TCommand>(context.Request);
            var command = new Command
            {
                // Its own for each delivery: a repetition is answered by the state that it finds, not by what was done before (specification 2).
                Id = $"{sent.WorkflowId}/{sent.Step}/{Guid.CreateVersion7()}",
                Correlation = sent.WorkflowId,
                Causation = $"{sent.WorkflowId}/{sent.Step}",
                Aborted = context.RequestAborted,
            };
            return Results.Json(await handle(sent, command, context.RequestServices), KitJson.Options);
        });
        return this;
    }

    /// <summary>Maps an internal query, <c>GET /internal/&lt;path&gt;</c>.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="handle">Answers it; its parameters are bound as those of any endpoint.</param>
    public InternalApi Query(string path, Delegate handle)
    {
        routes.MapGet(path, handle);
        return this;
    }

    static async Task<TCommand> Read<TCommand>(HttpRequest request) where TCommand : IInternalCommand
    {
        try
        {
            return await request.ReadFromJsonAsync<TCommand>(WrongMember.Options, request.HttpContext.RequestAborted) ?? throw new InvalidRequestException("body", "must not be null.");
        }
        catch (JsonException malformed)
        {
            throw new InvalidRequestException(WrongMember.Of(malformed).ToDictionary(member => member.Path is { Length: > 0 } path ? path : "body", member => new[]
            {
                member.Wrong switch
                {
                    Wrong.Missing => "is required.",
                    Wrong.Null => "must not be null.",
                    Wrong.Type => "has the wrong type or an unknown value.",
                    _ => "is no well-formed JSON.",
                },
            }));
        }
    }

    /// <summary>The business answer of a change: approved, or refused with its code and text.</summary>
    public static CommandAnswer Answer<T>(Outcome<T> outcome) where T : class =>
        outcome.Refusal is { } refusal ? CommandAnswer.Refused(refusal.Code, refusal.Text) : CommandAnswer.Approved;
}

/// <summary>The internal routes that every service has: its entities, its feed, its dead letters.</summary>
static class InternalRoutes
{
    public static void Map(RouteGroupBuilder routes)
    {
        routes.MapGet("changes", async (string? after, int? limit, HttpContext context, Feed feed, CancellationToken cancel) =>
        {
            if (after == Feed.AtTheEnd) return await End();
            try
            {
                return Results.Json(await feed.Read(after ?? Feed.Beginning, Math.Clamp(limit ?? 100, 1, 200), cancel), KitJson.Options);
            }
            catch (CursorExpiredException) when (after is null && context.Request.Headers.ContainsKey(Peers.Caller))
            {
                return await End(); // A service of an earlier version asks so for the end, and would ask for ever (specification 2).
            }
            catch (CursorExpiredException)
            {
                return Answers.Problem(new RefusalKind("cursor-expired", 410, "The cursor has expired").Because("Begin with all entities, then follow the feed from its end."));
            }

            async Task<IResult> End() => Results.Json(new Page<EntityItem<object>>([], await feed.End(cancel)), KitJson.Options);
        });

        routes.MapGet("replicas", (Subscriptions subscriptions) =>
            Results.Json(new Page<ReplicatedTopic>([.. subscriptions.Replicated.Select(topic => new ReplicatedTopic(topic.Owner, topic.Resource))], null), KitJson.Options));
        routes.MapGet("replicas/{owner}/{resource}", async (string owner, string resource, string ids, Subscriptions subscriptions, State.IStateStore store, CancellationToken cancel) =>
        {
            if (subscriptions.Replicated.FirstOrDefault(topic => topic.Owner == owner && topic.Resource == resource) is not { } topic)
                return Answers.Problem(new RefusalKind("replica-unknown", 404, "There are no such replicas").Because($"Nothing is kept of {owner} {resource}."));
            return Results.Json(new Page<EntityItem<System.Text.Json.JsonElement>>(await ReplicaKeys.Read(topic, ids.Split(','), store, cancel), null), KitJson.Options);
        });

        routes.MapGet("dead-letters", async (string? cursor, int? limit, DeadLetters letters, CancellationToken cancel) =>
            Results.Json(await letters.List(new Paging(Math.Clamp(limit ?? 100, 1, 200), cursor), cancel), KitJson.Options));
        routes.MapGet("dead-letters/{id}", async (string id, DeadLetters letters, CancellationToken cancel) =>
            await letters.Find(id, cancel) is { } letter
                ? Results.Json(letter, KitJson.Options)
                : Answers.Problem(DeadLetterCommands.Unknown.Because($"There is no dead letter {id}.")));
        routes.MapPost("dead-letters/{id}/redrive", async (string id, Command command, DeadLetterCommands letters) =>
            await letters.Redrive(id, command) is { } refusal ? Answers.Problem(refusal) : Results.NoContent());
        routes.MapDelete("dead-letters/{id}", async (string id, HttpContext context, DeadLetterCommands letters) =>
        {
            await letters.Drop(id, HttpCommand.Of(context, takesKey: true));
            return Results.NoContent();
        });
    }

    public static void MapEntities(RouteGroupBuilder routes, IQueried aggregate)
    {
        routes.MapGet($"{aggregate.Resource}/{{id}}", async (string id, CancellationToken cancel) =>
            Ids.IsValid(id) && await aggregate.Present([id], cancel) is [{ } item]
                ? Results.Json(item, KitJson.Options)
                : Answers.Problem(new RefusalKind($"{aggregate.Resource}-unknown", 404, $"There is no such {aggregate.Resource}").Because($"There never was one with the id {id}.")));
        routes.MapGet($"{aggregate.Resource}/{{id}}/events", async (string id, CancellationToken cancel) =>
            Ids.IsValid(id) && await aggregate.Events(id, cancel) is { } events
                ? Results.Json(events, KitJson.Options)
                : Answers.Problem(new RefusalKind($"{aggregate.Resource}-unknown", 404, $"There is no such {aggregate.Resource}").Because($"There never was one with the id {id}.")));
        routes.MapGet(aggregate.Resource, async (string? cursor, int? limit, CancellationToken cancel) =>
            Results.Json(await aggregate.All(new Paging(Math.Clamp(limit ?? 100, 1, 200), cursor), cancel), KitJson.Options));
    }
}

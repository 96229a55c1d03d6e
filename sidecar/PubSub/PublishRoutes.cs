using System.Text.Json;
using System.Text.Json.Nodes;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.PubSub;

/// <summary>The publish calls of the HTTP API.</summary>
internal sealed class PublishRoutes(IPublisher publisher)
{
    public void Map(HttpRoutes http)
    {
        foreach (var method in (string[])["POST", "PUT"])
        {
            // A topic may contain slashes, so the longer routes come first.
            http.Map(method, "/v1.0/publish/bulk/{pubsub}/{topic*}", BulkPublishAsync);
            http.Map(method, "/v1.0-alpha1/publish/bulk/{pubsub}/{topic*}", BulkPublishAsync);
            http.Map(method, "/v1.0/publish/{pubsub}/{topic*}", PublishAsync);
            http.Map(method, "/v1.0/publish/{pubsub}", call => throw PubSubErrors.TopicIsEmpty(call["pubsub"]));
        }
    }

    async Task PublishAsync(ApiCall call)
    {
        var body = await call.ReadBodyAsync() ?? throw PubSubErrors.BodyTooLarge();
        await publisher.PublishAsync(
            call.App, call["pubsub"], call["topic"], body, call.Http.Request.ContentType, call.QueryMetadata(), CallTrace.Of(call.Http), call.Aborted);
        await call.NoContent();
    }

    async Task BulkPublishAsync(ApiCall call)
    {
        var (pubSub, topic) = (call["pubsub"], call["topic"]);
        var body = await call.ReadBodyAsync() ?? throw PubSubErrors.BodyTooLarge();
        var failures = await publisher.BulkPublishAsync(
            call.App, pubSub, topic, Entries(call, pubSub, topic, body), call.QueryMetadata(), CallTrace.Of(call.Http), call.Aborted);
        await (failures.Count == 0 ? call.NoContent() : call.Json(StatusCodes.Status500InternalServerError, FailureDocument(failures)));
    }

    static IReadOnlyList<BulkEntry> Entries(ApiCall call, string pubSub, string topic, byte[] body)
    {
        try
        {
            return BulkRequestReader.Read(body);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw PubSubErrors.UnreadableEntries(pubSub, topic, call.App.AppId, malformed.Message);
        }
    }

    static JsonObject FailureDocument(IReadOnlyList<BulkFailure> failures) => new()
    {
        ["failedEntries"] = new JsonArray([.. failures.Select(failure => new JsonObject { ["entryId"] = failure.EntryId, ["error"] = failure.Error })]),
        ["errorCode"] = "ERR_PUBSUB_PUBLISH_MESSAGE",
    };
}

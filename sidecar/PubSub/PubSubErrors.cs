using System.Text.Json.Nodes;
using Grpc.Core;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.PubSub;

/// <summary>The refusals of the publish calls, with the details that the recordings have.</summary>
internal static class PubSubErrors
{
    /// <summary>Unknown to the sidecar, or out of the app's sight.</summary>
    public static ApiException NotFound(string pubSub) =>
        new(StatusCodes.Status404NotFound, StatusCode.InvalidArgument, "ERR_PUBSUB_NOT_FOUND", $"pubsub {pubSub} is not found")
        {
            Details = [ErrorInfo("DAPR_PUBSUB_NOT_FOUND")],
        };

    public static ApiException NameIsEmpty() =>
        Refusal(StatusCodes.Status404NotFound, StatusCode.InvalidArgument, "ERR_PUBSUB_EMPTY", "pubsub name is empty", "", "NAME_EMPTY");

    public static ApiException TopicIsEmpty(string pubSub) =>
        Refusal(StatusCodes.Status404NotFound, StatusCode.InvalidArgument, "ERR_TOPIC_NAME_EMPTY", $"topic is empty in pubsub {pubSub}", pubSub, "TOPIC_NAME_EMPTY");

    public static ApiException BodyTooLarge() =>
        new(StatusCodes.Status500InternalServerError, StatusCode.ResourceExhausted, "ERR_BODY_READ", "failed to read request body: http: request body too large");

    public static ApiException NoCloudEvent(string pubSub, string appId, string error) =>
        Refusal(
            StatusCodes.Status500InternalServerError, StatusCode.InvalidArgument, "ERR_PUBSUB_CLOUD_EVENTS_SER",
            "cannot create cloudevent", pubSub, "CLOUD_EVENT_CREATION", ("appID", appId), ("error", error));

    /// <summary>The app has no right to publish to the topic (fact P14).</summary>
    public static ApiException Forbidden(string pubSub, string topic, string appId)
    {
        var message = $"topic {topic} is not allowed for app id {appId}";
        return Refusal(
            StatusCodes.Status403Forbidden, StatusCode.PermissionDenied, "ERR_PUBSUB_FORBIDDEN", message, pubSub, "FORBIDDEN", ("error", message), ("topic", topic));
    }

    public static ApiException PublishFailed(string pubSub, string topic, string error) =>
        Refusal(
            StatusCodes.Status500InternalServerError, StatusCode.Internal, "ERR_PUBSUB_PUBLISH_MESSAGE",
            $"error when publishing to topic {topic} in pubsub {pubSub}: {error}", pubSub, "PUBLISH_MESSAGE", ("error", error), ("topic", topic));

    /// <summary>The list of a bulk call cannot be read.</summary>
    public static ApiException UnreadableEntries(string pubSub, string topic, string appId, string error) =>
        Refusal(
            StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, "ERR_PUBSUB_EVENTS_SER",
            $"error when unmarshaling the request for topic {topic} pubsub {pubSub}: {error}", pubSub, "UNMARSHAL_EVENTS", ("appID", appId), ("error", error));

    /// <summary>An entry of a bulk call is not usable.</summary>
    public static ApiException UnusableEntries(string pubSub, string topic, string appId, string error) =>
        Refusal(
            StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, "ERR_PUBSUB_EVENTS_SER",
            $"error marshaling events to bytes for topic {topic} pubsub {pubSub}. error: {error}", pubSub, "MARSHAL_EVENTS", ("appID", appId), ("error", error));

    static ApiException Refusal(
        int httpStatus, StatusCode grpcStatus, string code, string message, string pubSub, string reason, params ReadOnlySpan<(string Key, string Value)> metadata) =>
        new(httpStatus, grpcStatus, code, message)
        {
            Details = [ResourceInfo(pubSub, message), ErrorInfo("DAPR_PUBSUB_" + reason, metadata)],
        };

    static JsonObject ErrorInfo(string reason, params ReadOnlySpan<(string Key, string Value)> metadata)
    {
        var values = new JsonObject();
        foreach (var (key, value) in metadata) values[key] = value;
        return new JsonObject
        {
            ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo",
            ["domain"] = "dapr.io",
            ["metadata"] = values,
            ["reason"] = reason,
        };
    }

    static JsonObject ResourceInfo(string pubSub, string message) => new()
    {
        ["@type"] = "type.googleapis.com/google.rpc.ResourceInfo",
        ["description"] = message,
        ["owner"] = "",
        ["resource_name"] = pubSub,
        ["resource_type"] = "pubsub",
    };
}

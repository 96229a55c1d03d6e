using System.Text;
using System.Text.Json.Nodes;
using Dapr.Client.Autogen.Grpc.v1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.State;

namespace MallBots.Sidecar.Hosting;

/// <summary>What the sidecar tells about itself: health and metadata, over HTTP and gRPC.</summary>
internal sealed class MetadataApi(SidecarContext context, StateService states)
{
    // The runtime whose behaviour the recordings have; tools read it to know what a sidecar can do.
    const string RuntimeVersion = "1.18.3";
    const string RuntimeVersionName = "daprRuntimeVersion";

    public void Map(HttpRoutes http, GrpcMethodTable<DaprGrpcService> dapr)
    {
        http.Map("GET", "/v1.0/healthz", HealthAsync);
        http.Map("GET", "/v1.0/healthz/outbound", HealthAsync);
        http.Map("GET", "/v1.0/metadata", call => call.Bytes(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(Describe(call.App).ToJsonString(ApiCall.Plain) + "\n")));
        http.Map("PUT", "/v1.0/metadata/{name}", SetAttributeAsync);
        dapr.Unary<GetMetadataRequest, GetMetadataResponse>("GetMetadata", (_, _, call) => Task.FromResult(Message(call.App())))
            .Unary<SetMetadataRequest, Empty>("SetMetadata", (_, request, call) =>
            {
                call.App().Attributes[request.Key] = request.Value;
                return Task.FromResult(new Empty());
            });
    }

    static Task HealthAsync(ApiCall call)
    {
        var asked = call.Http.Request.Query["appid"];
        if (asked.Count == 0 || asked == call.App.AppId) return call.NoContent();
        throw new ApiException(
            StatusCodes.Status500InternalServerError, StatusCode.Internal, "ERR_HEALTH_APPID_NOT_MATCH", "dapr app-id does not match");
    }

    static async Task SetAttributeAsync(ApiCall call)
    {
        var body = await call.ReadBodyAsync() ?? throw ApiCall.Malformed("request body too large");
        call.App.Attributes[call["name"]] = Encoding.UTF8.GetString(body);
        await call.NoContent();
    }

    JsonObject Describe(AppSidecar app)
    {
        var document = new JsonObject
        {
            ["id"] = app.AppId,
            ["runtimeVersion"] = RuntimeVersion,
            ["components"] = new JsonArray([.. Components(app).Select(component => Describe(component))]),
            ["extended"] = new JsonObject(Attributes(app).Select(attribute => KeyValuePair.Create(attribute.Key, (JsonNode?)attribute.Value))),
            ["subscriptions"] = new JsonArray([.. app.Subscriptions.Select(Describe)]),
        };
        if (app.AppPort > 0)
            document["appConnectionProperties"] = new JsonObject { ["port"] = app.AppPort, ["protocol"] = "http", ["channelAddress"] = "127.0.0.1" };
        return document;
    }

    JsonObject Describe(Component component)
    {
        var description = new JsonObject { ["name"] = component.Name, ["type"] = component.Type, ["version"] = component.Version };
        if (Capabilities(component) is { Count: > 0 } capabilities)
            description["capabilities"] = new JsonArray([.. capabilities.Select(capability => (JsonNode)capability)]);
        return description;
    }

    static JsonObject Describe(AppSubscription subscription)
    {
        var description = new JsonObject { ["pubsubname"] = subscription.PubSubName, ["topic"] = subscription.Topic };
        if (subscription.Metadata.Count > 0)
            description["metadata"] = new JsonObject(subscription.Metadata.Select(item => KeyValuePair.Create(item.Key, (JsonNode?)item.Value)));
        description["rules"] = new JsonArray([.. subscription.Rules.Select(rule => rule.Match.Length == 0
            ? new JsonObject { ["path"] = rule.Path }
            : new JsonObject { ["match"] = rule.Match, ["path"] = rule.Path })]);
        description["deadLetterTopic"] = subscription.DeadLetterTopic;
        description["type"] = "PROGRAMMATIC";
        return description;
    }

    GetMetadataResponse Message(AppSidecar app)
    {
        var message = new GetMetadataResponse { Id = app.AppId, RuntimeVersion = RuntimeVersion };
        foreach (var component in Components(app))
        {
            var described = new RegisteredComponents { Name = component.Name, Type = component.Type, Version = component.Version };
            described.Capabilities.AddRange(Capabilities(component));
            message.RegisteredComponents.Add(described);
        }

        foreach (var (name, value) in Attributes(app)) message.ExtendedMetadata[name] = value;
        foreach (var subscription in app.Subscriptions)
        {
            var described = new PubsubSubscription
            {
                PubsubName = subscription.PubSubName,
                Topic = subscription.Topic,
                DeadLetterTopic = subscription.DeadLetterTopic,
                Type = PubsubSubscriptionType.Programmatic,
                Rules = new PubsubSubscriptionRules(),
            };
            foreach (var (name, value) in subscription.Metadata) described.Metadata[name] = value;
            described.Rules.Rules.AddRange(subscription.Rules.Select(rule => new PubsubSubscriptionRule { Match = rule.Match, Path = rule.Path }));
            message.Subscriptions.Add(described);
        }

        if (app.AppPort > 0)
            message.AppConnectionProperties = new AppConnectionProperties { Port = app.AppPort, Protocol = "http", ChannelAddress = "127.0.0.1" };
        return message;
    }

    IEnumerable<Component> Components(AppSidecar app) => context.Components.Where(app.Sees);

    static IEnumerable<KeyValuePair<string, string>> Attributes(AppSidecar app) =>
        app.Attributes.Append(KeyValuePair.Create(RuntimeVersionName, RuntimeVersion)).DistinctBy(attribute => attribute.Key).OrderBy(attribute => attribute.Key, StringComparer.Ordinal);

    IReadOnlyList<string> Capabilities(Component component) => component.Type.Split('.')[0] switch
    {
        "state" => states.CapabilitiesOf(component.Name),
        "bindings" => ["OUTPUT_BINDING"],
        _ => [],
    };
}

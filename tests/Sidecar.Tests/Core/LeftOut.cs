namespace MallBots.Sidecar.Tests.Core;

/// <summary>The recorded cases that no test plays, each with its reason: the one place that says so (docs/conformance.md).</summary>
public static class LeftOut
{
    const string Features = "lists daprd's own features, actors and scheduler; what is ours is in EmbeddedSidecarTests.The_genuine_client_sees_health_metadata_secrets_and_bindings";
    const string Routing = "routing rules are refused (docs/architecture.md, section 4)";
    const string BulkSubscribe = "bulk subscribe is refused (docs/architecture.md, section 4)";

    static readonly Dictionary<string, string> Nothing = [];

    static readonly Dictionary<string, string> OfPubSub = new()
    {
        ["publish-routed"] = Routing,
        ["publish-routed-default"] = Routing,
        ["bulk-subscribe-publish"] = BulkSubscribe,
        ["bulk-subscribe"] = BulkSubscribe,
    };

    /// <summary>Reasons by the name of the case; a part of a case (`case/delivered`) is left out with it.</summary>
    public static IReadOnlyDictionary<string, string> Of(string recording) => recording switch
    {
        "redis-state-http" => new Dictionary<string, string> { ["query"] = "the query API is refused for every engine in the same words" },
        "memory-pubsub" or "redis-pubsub" or "redis-resiliency-pubsub" => OfPubSub,
        "redis-invoke-and-others" => new Dictionary<string, string> { ["metadata"] = Features, ["metadata-after-put"] = Features, ["grpc-metadata"] = Features },
        _ => Nothing,
    };
}

using MallBots.Sidecar.PubSub;

namespace MallBots.Sidecar.Components;

/// <summary>A component type that the sidecar has, with the metadata that it knows.</summary>
/// <param name="Name">The type, for example `state.sqlite`.</param>
/// <param name="Required">Metadata without which it does not start.</param>
/// <param name="Optional">Metadata that it acts on; any other is a warning.</param>
internal sealed record ComponentType(string Name, string[] Required, string[] Optional)
{
    /// <summary>All types, in the order in which messages list them.</summary>
    public static readonly IReadOnlyList<ComponentType> All =
    [
        // `actorStateStore` marks the store of the workflows (fact W4): the sidecar keeps them in its own tables, so it needs no action.
        new("state.in-memory", [], ["actorStateStore"]),
        new("state.sqlite", ["connectionString"], ["actorStateStore", "tableName"]),
        new("state.redis", ["redisHost"], ["actorStateStore", .. RedisConnection]),
        new("pubsub.in-memory", [], TopicRights.Settings),
        new("pubsub.embedded", [], ["connectionString", "concurrency", "redeliverInterval", "retainedMessages", "retainedFor", .. TopicRights.Settings]),
        new("pubsub.redis", ["redisHost"],
            ["consumerID", "concurrency", "queueDepth", "processingTimeout", "redeliverInterval", "maxLenApprox", "streamTTL", .. RedisConnection, .. TopicRights.Settings]),
        new("bindings.localstorage", ["rootPath"], []),
        new("secretstores.local.file", ["secretsFile"], ["nestedSeparator", "multiValued"]),
        new("secretstores.local.env", [], []),
    ];

    static string[] RedisConnection =>
        ["redisPassword", "redisUsername", "redisDB", "redisMaxRetries", "dialTimeout", "readTimeout", "writeTimeout", "enableTLS"];

    /// <summary>The type of that name, or null.</summary>
    public static ComponentType? Find(string name) => All.FirstOrDefault(type => type.Name == name);
}

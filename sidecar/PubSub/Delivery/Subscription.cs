namespace MallBots.Sidecar.PubSub.Delivery;

/// <summary>What an app wants of a topic: where it is delivered to.</summary>
/// <param name="PubSubName">The component.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Route">Path of the app, with its leading slash.</param>
/// <param name="DeadLetterTopic">Where messages go that it does not want; null: nowhere.</param>
/// <param name="Metadata">Settings of the subscription.</param>
internal sealed record Subscription(
    string PubSubName, string Topic, string Route, string? DeadLetterTopic, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The messages have no envelope, and get one at delivery.</summary>
    public bool IsRaw { get; } = CloudEvents.PublishMetadata.IsRaw(Metadata);
}

namespace MallBots.Sidecar.PubSub.Brokers;

/// <summary>One pub/sub component: takes messages and hands them to the apps that subscribe.</summary>
internal interface IBroker : IAsyncDisposable
{
    /// <summary>Reads what earlier runs have left.</summary>
    Task OpenAsync(CancellationToken cancel);

    /// <summary>Stores the messages of one topic; when it completes, they are as safe as the engine makes them.</summary>
    Task PublishAsync(string topic, IReadOnlyList<BrokerMessage> messages, CancellationToken cancel);

    /// <summary>Deliveries to the consumer begin. It belongs to the consumer group of its app id.</summary>
    Task SubscribeAsync(IConsumer consumer, CancellationToken cancel);

    /// <summary>No further deliveries to the consumer; those under way may end, and are cancelled after a second: then they count as not made.</summary>
    Task UnsubscribeAsync(IConsumer consumer);
}

/// <summary>One instance of an app, seen from the broker.</summary>
internal interface IConsumer
{
    /// <summary>Its consumer group.</summary>
    string AppId { get; }

    /// <summary>The topics that it wants.</summary>
    IReadOnlyCollection<string> Topics { get; }

    /// <summary>Where messages of this topic go that the app does not want or cannot handle; null: nowhere.</summary>
    string? DeadLetterTopic(string topic);

    /// <summary>Whether the app may publish to the topic: a dead letter is published in its name (fact P6).</summary>
    bool MayPublish(string topic);

    /// <summary>One attempt. Throws only when it is cancelled.</summary>
    Task<DeliveryResult> DeliverAsync(string topic, BrokerMessage message, CancellationToken cancel);
}

/// <summary>How an attempt ended (fact P2).</summary>
internal enum DeliveryOutcome
{
    /// <summary>The app has handled it.</summary>
    Done,

    /// <summary>The app does not want it: DROP or 404, or it has expired.</summary>
    Dropped,

    /// <summary>The app failed, or asks for it again.</summary>
    Failed,

    /// <summary>The app does not listen: it has not seen the message.</summary>
    Unreachable,
}

/// <param name="Outcome">How it ended.</param>
/// <param name="HttpStatus">The app's answer; null when there was none. Retry policies look at it.</param>
/// <param name="Reason">For the log.</param>
internal readonly record struct DeliveryResult(DeliveryOutcome Outcome, int? HttpStatus = null, string? Reason = null)
{
    public static readonly DeliveryResult Done = new(DeliveryOutcome.Done);
}

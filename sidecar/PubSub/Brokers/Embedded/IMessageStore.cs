namespace MallBots.Sidecar.PubSub.Brokers.Embedded;

/// <summary>
/// Where an embedded broker keeps its messages. Callbacks come in the order in which the operations were given, one at a time, and before
/// the task completes: so the order of a topic is the order of its storing.
/// </summary>
internal interface IMessageStore : IAsyncDisposable
{
    /// <summary>Whether <see cref="Load"/> brings back a message, so that a long backlog need not be in memory.</summary>
    bool CanLoad { get; }

    /// <summary>What earlier runs have left: all groups, each with what it has not acknowledged, oldest first.</summary>
    Task<IReadOnlyList<StoredGroup>> OpenAsync();

    /// <summary>Stores messages of one topic, with a delivery each for every group; the callback gets the number of the first.</summary>
    Task AppendAsync(string topic, IReadOnlyList<BrokerMessage> messages, IReadOnlyList<string> groups, Action<long> stored);

    /// <summary>A group subscribes to the topic for the first time; the callback gets what is retained of it.</summary>
    Task JoinAsync(string topic, string group, Action<IReadOnlyList<StoredDelivery>> joined);

    /// <summary>The group is done with the message. Lost by a crash, it costs a redelivery.</summary>
    void Acknowledge(string topic, string group, long id);

    /// <summary>The group has tried the message this often.</summary>
    void RecordAttempts(string topic, string group, long id, int attempts);

    /// <summary>A message's content; null when it is no longer there.</summary>
    BrokerMessage? Load(long id);
}

/// <summary>A group's share of a topic.</summary>
internal sealed record StoredGroup(string Topic, string Group, IReadOnlyList<StoredDelivery> Deliveries);

/// <summary>A message that a group has yet to acknowledge; without its content when that can be loaded.</summary>
internal readonly record struct StoredDelivery(long Id, BrokerMessage? Message, int Attempts);

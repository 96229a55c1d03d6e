namespace MallBots.Sidecar.PubSub.Brokers.Embedded;

/// <summary>A message that a group has yet to handle. Belongs to its group: only one delivery of it runs at a time.</summary>
internal sealed class PendingMessage(TopicQueue topic, long id, BrokerMessage? message, int attempts)
{
    public TopicQueue Topic { get; } = topic;

    public long Id { get; } = id;

    /// <summary>The content; null while it is left in the store.</summary>
    public BrokerMessage? Message { get; } = message;

    /// <summary>How often it was tried, over all runs.</summary>
    public int Attempts { get; set; } = attempts;

    /// <summary>What the policy still grants in this round of retries; null before the first failure of a round.</summary>
    public IEnumerator<TimeSpan>? Retries { get; set; }
}

/// <summary>The messages of one topic that a group can take now, oldest first.</summary>
internal sealed class TopicQueue(string name)
{
    readonly LinkedList<PendingMessage> messages = new();

    public string Name { get; } = name;

    public int Count => messages.Count;

    /// <summary>Deliveries of this topic that are under way.</summary>
    public int InFlight { get; set; }

    /// <summary>Whether it has its place in the group's round.</summary>
    public bool InRound { get; set; }

    public void AddLast(PendingMessage message) => messages.AddLast(message);

    /// <summary>For what was there before: retries, and what could not be delivered.</summary>
    public void AddFirst(PendingMessage message) => messages.AddFirst(message);

    public void Clear() => messages.Clear();

    /// <summary>Takes the oldest, or, for the trap of fact P9, one of the first few.</summary>
    public PendingMessage Take(Traps traps)
    {
        var node = messages.First!;
        if (traps.MessagesHaveNoOrder)
        {
            const int window = 16;
            for (var steps = traps.Pick(Math.Min(window, messages.Count)); steps > 0; steps--) node = node.Next!;
        }

        messages.Remove(node);
        return node.Value;
    }
}

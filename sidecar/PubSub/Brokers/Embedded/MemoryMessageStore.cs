namespace MallBots.Sidecar.PubSub.Brokers.Embedded;

/// <summary>Keeps nothing over a restart. What waits for a group is in the group's own queues; here is what is retained for groups to come.</summary>
internal sealed class MemoryMessageStore(BrokerSettings settings, TimeProvider clock) : IMessageStore
{
    readonly Lock gate = new();
    readonly Dictionary<string, RetainedTopic> topics = new(StringComparer.Ordinal);
    long lastId;

    public bool CanLoad => false;

    public Task<IReadOnlyList<StoredGroup>> OpenAsync() => Task.FromResult<IReadOnlyList<StoredGroup>>([]);

    public Task AppendAsync(string topic, IReadOnlyList<BrokerMessage> messages, IReadOnlyList<string> groups, Action<long> stored)
    {
        lock (gate)
        {
            var firstId = lastId + 1;
            var retained = Topic(topic);
            foreach (var message in messages) retained.Add(++lastId, message, clock.GetUtcNow());
            stored(firstId);
        }

        return Task.CompletedTask;
    }

    public Task JoinAsync(string topic, string group, Action<IReadOnlyList<StoredDelivery>> joined)
    {
        lock (gate) joined(Topic(topic).Deliveries(clock.GetUtcNow()));
        return Task.CompletedTask;
    }

    public void Acknowledge(string topic, string group, long id)
    {
    }

    public void RecordAttempts(string topic, string group, long id, int attempts)
    {
    }

    public BrokerMessage? Load(long id) => null;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    RetainedTopic Topic(string name)
    {
        if (!topics.TryGetValue(name, out var topic)) topics[name] = topic = new RetainedTopic(settings);
        return topic;
    }

    sealed class RetainedTopic(BrokerSettings settings)
    {
        readonly Queue<(long Id, BrokerMessage Message, DateTimeOffset Published)> messages = new();
        long bytes;

        public void Add(long id, BrokerMessage message, DateTimeOffset now)
        {
            if (settings.RetainedMessages == 0) return;
            messages.Enqueue((id, message, now));
            bytes += message.Data.Length;
            Trim(now);
        }

        public List<StoredDelivery> Deliveries(DateTimeOffset now)
        {
            Trim(now);
            return [.. messages.Select(entry => new StoredDelivery(entry.Id, entry.Message, Attempts: 0))];
        }

        void Trim(DateTimeOffset now)
        {
            while (messages.TryPeek(out var oldest)
                && (messages.Count > settings.RetainedMessages || bytes > settings.RetainedBytes || now - oldest.Published > settings.RetainedFor))
            {
                messages.Dequeue();
                bytes -= oldest.Message.Data.Length;
            }
        }
    }
}

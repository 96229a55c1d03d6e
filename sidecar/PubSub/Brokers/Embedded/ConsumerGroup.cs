using MallBots.Sidecar.Resiliency;

namespace MallBots.Sidecar.PubSub.Brokers.Embedded;

/// <summary>
/// Hands the messages of its topics to the instances of one app: each message to one of them, a bounded number at a time, the topics in turn.
/// A message that failed waits for its retry without holding a place, so a few that fail for long never stop the others.
/// Nothing here polls: a message, a free place, an instance or a due retry starts the next delivery.
/// </summary>
internal sealed class ConsumerGroup : IAsyncDisposable
{
    // A longer queue keeps its contents in the store, where that can be.
    const int ContentsInMemory = 1000;

    readonly BrokerSettings settings;
    readonly ResiliencyPolicy policy;
    readonly IMessageStore store;
    readonly Func<string, BrokerMessage, Task> publishDeadLetter;
    readonly Traps traps;
    readonly TimeProvider clock;
    readonly ILogger log;

    readonly Lock gate = new();
    readonly Dictionary<string, TopicQueue> topics = new(StringComparer.Ordinal);
    readonly Queue<TopicQueue> round = new();
    readonly PriorityQueue<PendingMessage, DateTimeOffset> waiting = new();
    readonly List<GroupMember> members = [];
    readonly ITimer wakeUp;
    DateTimeOffset? wakesUpAt;
    int nextMember;

    public ConsumerGroup(
        string appId,
        BrokerSettings settings,
        ResiliencyPolicy policy,
        IMessageStore store,
        Func<string, BrokerMessage, Task> publishDeadLetter,
        Traps traps,
        TimeProvider clock,
        ILogger log)
    {
        AppId = appId;
        this.settings = settings;
        this.policy = policy;
        this.store = store;
        this.publishDeadLetter = publishDeadLetter;
        this.traps = traps;
        this.clock = clock;
        this.log = log;
        wakeUp = clock.CreateTimer(_ => WakeUp(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The app whose instances share the messages.</summary>
    public string AppId { get; }

    /// <summary>New messages, or what is left from before.</summary>
    public void Add(string topic, IReadOnlyList<StoredDelivery> deliveries)
    {
        lock (gate)
        {
            if (members.Count == 0 && !settings.WaitsForAbsentApps) return;
            var queue = Topic(topic);
            foreach (var delivery in deliveries)
            {
                var content = store.CanLoad && queue.Count >= ContentsInMemory ? null : delivery.Message;
                queue.AddLast(new PendingMessage(queue, delivery.Id, content, delivery.Attempts));
            }

            JoinRound(queue);
            StartDeliveries();
        }
    }

    /// <summary>An instance of the app is there.</summary>
    public void Join(IConsumer consumer)
    {
        lock (gate)
        {
            members.Add(new GroupMember(consumer, clock, Probe));
            StartDeliveries();
        }
    }

    /// <summary>The instance goes: no new deliveries to it. Completes when those under way have ended; after a second they are cancelled.</summary>
    public async Task LeaveAsync(IConsumer consumer)
    {
        GroupMember? member;
        lock (gate)
        {
            member = members.Find(candidate => candidate.Consumer == consumer);
            if (member is null) return;
            members.Remove(member);
            member.Leave();
            if (members.Count == 0 && !settings.WaitsForAbsentApps) Forget();
        }

        await member.Left;
        member.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var consumer in Consumers()) await LeaveAsync(consumer);
        await wakeUp.DisposeAsync();
    }

    IConsumer[] Consumers()
    {
        lock (gate) return [.. members.Select(member => member.Consumer)];
    }

    // One run of this is one place of a member: it takes messages as long as there are any.
    async Task DeliverAsync(GroupMember member, PendingMessage? pending)
    {
        while (pending is not null)
        {
            var result = await AttemptAsync(member, pending);
            await SettleAsync(member, pending, result);
            pending = NextFor(member, pending);
        }
    }

    async Task<DeliveryResult> AttemptAsync(GroupMember member, PendingMessage pending)
    {
        try
        {
            var message = pending.Message ?? store.Load(pending.Id);
            return message is null ? DeliveryResult.Done : await member.Consumer.DeliverAsync(pending.Topic.Name, message, member.Stopping);
        }
        catch (OperationCanceledException) when (member.Stopping.IsCancellationRequested)
        {
            return new DeliveryResult(DeliveryOutcome.Unreachable);
        }
        catch (Exception fault)
        {
            log.LogError(fault, "A delivery of {Topic} to {App} failed in the sidecar", pending.Topic.Name, AppId);
            return new DeliveryResult(DeliveryOutcome.Failed, Reason: fault.Message);
        }
    }

    async Task SettleAsync(GroupMember member, PendingMessage pending, DeliveryResult result)
    {
        if (result.Outcome == DeliveryOutcome.Unreachable && settings.WaitsForAbsentApps)
        {
            lock (gate)
            {
                pending.Topic.AddFirst(pending);
                JoinRound(pending.Topic);
                member.Unreachable();
            }

            return;
        }

        lock (gate)
        {
            // The rest of its places fill again once one message got through.
            var wasAway = member.IsAway;
            member.Reached();
            if (wasAway) StartDeliveries();
        }

        switch (result.Outcome)
        {
            case DeliveryOutcome.Done:
                Acknowledge(pending);
                break;
            case DeliveryOutcome.Dropped:
                if (await TrySendToDeadLetterAsync(member, pending)) Acknowledge(pending);
                else RetryLater(pending, result);
                break;
            default:
                pending.Attempts++;
                store.RecordAttempts(pending.Topic.Name, AppId, pending.Id, pending.Attempts);
                await FailedAsync(member, pending, result);
                break;
        }
    }

    async Task FailedAsync(GroupMember member, PendingMessage pending, DeliveryResult result)
    {
        if (NextRetry(pending, result) is { } pause)
        {
            lock (gate) WaitFor(pending, pause);
        }
        else if (traps.FailedMessagesAreAcknowledged)
        {
            Acknowledge(pending);
        }
        else if (member.Consumer.DeadLetterTopic(pending.Topic.Name) is not null && await TrySendToDeadLetterAsync(member, pending))
        {
            Acknowledge(pending);
        }
        else
        {
            RetryLater(pending, result);
        }
    }

    TimeSpan? NextRetry(PendingMessage pending, DeliveryResult result)
    {
        if (policy.Retry is not { } retry) return null;
        if (result.HttpStatus is { } status && status is < 200 or >= 300 && !retry.RepeatsHttp(status)) return null;
        pending.Retries ??= retry.Delays().GetEnumerator();
        return pending.Retries.MoveNext() ? pending.Retries.Current : null;
    }

    /// <summary>The policy's retries have ended: a new round after the pause, or the end of the message.</summary>
    void RetryLater(PendingMessage pending, DeliveryResult result)
    {
        pending.Retries = null;
        if (settings.RedeliverInterval is { } pause)
        {
            log.LogWarning(
                "Message {Id} of {Topic} failed at {App} {Attempts} times, comes again in {Pause}: {Reason}",
                pending.Id, pending.Topic.Name, AppId, pending.Attempts, pause, result.Reason);
            lock (gate) WaitFor(pending, pause);
        }
        else
        {
            log.LogWarning("A message of {Topic} failed at {App} and is gone (fact P5): {Reason}", pending.Topic.Name, AppId, result.Reason);
            Acknowledge(pending);
        }
    }

    async Task<bool> TrySendToDeadLetterAsync(GroupMember member, PendingMessage pending)
    {
        if (member.Consumer.DeadLetterTopic(pending.Topic.Name) is not { } deadLetterTopic) return true;
        if (!member.Consumer.MayPublish(deadLetterTopic))
        {
            log.LogError(
                "Message {Id} of {Topic} could not be sent to its dead letter topic: topic {DeadLetterTopic} is not allowed for app id {App}",
                pending.Id, pending.Topic.Name, deadLetterTopic, AppId);
            return false;
        }

        try
        {
            if ((pending.Message ?? store.Load(pending.Id)) is { } message) await publishDeadLetter(deadLetterTopic, message);
            return true;
        }
        catch (Exception fault)
        {
            log.LogError(fault, "Message {Id} of {Topic} could not be sent to its dead letter topic {DeadLetterTopic}", pending.Id, pending.Topic.Name, deadLetterTopic);
            return false;
        }
    }

    void Acknowledge(PendingMessage pending) => store.Acknowledge(pending.Topic.Name, AppId, pending.Id);

    /// <summary>Gives the place of the message that has ended to the next one.</summary>
    PendingMessage? NextFor(GroupMember member, PendingMessage ended)
    {
        lock (gate)
        {
            ended.Topic.InFlight--;
            JoinRound(ended.Topic);
            if (member.IsOpen && TryTake(member) is { } next) return next;
            member.InFlight--;
            StartDeliveries();
            return null;
        }
    }

    // From here on everything runs under the gate.
    void StartDeliveries()
    {
        for (var turn = 0; turn < members.Count; turn++)
        {
            var member = members[(nextMember + turn) % members.Count];
            while (member.IsOpen && member.InFlight < settings.Concurrency && TryTake(member) is { } pending)
            {
                member.InFlight++;
                _ = Task.Run(() => DeliverAsync(member, pending));
            }
        }

        // Instances take turns in getting the first look at what comes next.
        nextMember = members.Count == 0 ? 0 : (nextMember + 1) % members.Count;
    }

    PendingMessage? TryTake(GroupMember member)
    {
        for (var looks = round.Count; looks > 0; looks--)
        {
            var queue = round.Dequeue();
            if (!member.Takes(queue.Name))
            {
                round.Enqueue(queue);
                continue;
            }

            var pending = queue.Take(traps);
            queue.InFlight++;
            queue.InRound = false;
            JoinRound(queue);
            return pending;
        }

        return null;
    }

    void JoinRound(TopicQueue queue)
    {
        if (queue.InRound || queue.Count == 0 || queue.InFlight >= settings.ConcurrencyPerTopic) return;
        queue.InRound = true;
        round.Enqueue(queue);
    }

    void WaitFor(PendingMessage pending, TimeSpan pause)
    {
        var due = clock.GetUtcNow() + pause;
        waiting.Enqueue(pending, due);
        if (wakesUpAt is null || due < wakesUpAt) SetWakeUp(due);
    }

    void WakeUp()
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            var ready = new Stack<PendingMessage>();
            while (waiting.TryPeek(out _, out var due) && due <= now) ready.Push(waiting.Dequeue());

            // The last one first, so that they stand in their order again.
            foreach (var pending in ready)
            {
                pending.Topic.AddFirst(pending);
                JoinRound(pending.Topic);
            }

            wakesUpAt = null;
            if (waiting.TryPeek(out _, out var next)) SetWakeUp(next);
            StartDeliveries();
        }
    }

    void SetWakeUp(DateTimeOffset due)
    {
        wakesUpAt = due;

        // Timers count whole milliseconds: one more, or it would fire just before the message is due.
        var pause = due - clock.GetUtcNow() + TimeSpan.FromMilliseconds(1);
        wakeUp.Change(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The app did not listen a while ago: one message finds out whether it does now.</summary>
    void Probe(GroupMember member)
    {
        lock (gate)
        {
            if (!member.IsAway) return;
            if (TryTake(member) is { } pending)
            {
                member.IsProbing = true;
                member.InFlight++;
                _ = Task.Run(() => DeliverAsync(member, pending));
            }
            else
            {
                member.Reached();
            }
        }
    }

    void Forget()
    {
        foreach (var queue in topics.Values) queue.Clear();
        foreach (var queue in round) queue.InRound = false;
        round.Clear();
        waiting.Clear();
    }

    TopicQueue Topic(string name)
    {
        if (!topics.TryGetValue(name, out var queue)) topics[name] = queue = new TopicQueue(name);
        return queue;
    }
}

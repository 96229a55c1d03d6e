using MallBots.Sidecar.PubSub.Brokers;

namespace MallBots.Sidecar.PubSub;

/// <summary>
/// A broker before which messages fail, or are held back and let go late and in another order, when a test wants it (<see cref="Traps"/>). What is
/// held is nowhere else: it is lost when the sidecar ends.
/// </summary>
internal sealed class TrappedBroker(IBroker engine, Traps traps, TimeProvider clock, ILogger log) : IBroker
{
    readonly Lock gate = new();
    readonly Dictionary<string, List<BrokerMessage>> held = new(StringComparer.Ordinal);
    readonly CancellationTokenSource stopping = new();

    public Task OpenAsync(CancellationToken cancel) => engine.OpenAsync(cancel);

    public async Task PublishAsync(string topic, IReadOnlyList<BrokerMessage> messages, CancellationToken cancel)
    {
        if (traps.Happens(traps.FailedPublishes)) throw new TrapException("The broker is away");
        if (traps.LongestDelayOfMessages == TimeSpan.Zero && traps.ReorderWindow == 0) await engine.PublishAsync(topic, messages, cancel);
        else foreach (var message in messages) _ = DelayAsync(topic, message);
        if (traps.Happens(traps.CutPublishes)) throw new TrapException("The answer is lost");
    }

    public Task SubscribeAsync(IConsumer consumer, CancellationToken cancel) => engine.SubscribeAsync(consumer, cancel);

    public Task UnsubscribeAsync(IConsumer consumer) => engine.UnsubscribeAsync(consumer);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await engine.DisposeAsync();
        stopping.Dispose();
    }

    async Task DelayAsync(string topic, BrokerMessage message)
    {
        if (traps.LongestDelayOfMessages is var longest && longest > TimeSpan.Zero && !await PauseAsync(longest * traps.Fraction())) return;
        if (traps.ReorderWindow > 0) Hold(topic, message);
        else await HandOnAsync(topic, [message]);
    }

    void Hold(string topic, BrokerMessage message)
    {
        List<BrokerMessage>? together;
        bool isFirst, isFull;
        lock (gate)
        {
            if (!held.TryGetValue(topic, out together)) held[topic] = together = [];
            together.Add(message);
            (isFirst, isFull) = (together.Count == 1, together.Count >= traps.ReorderWindow);
        }

        if (isFull) _ = LetGoAsync(topic, together);
        else if (isFirst) _ = LetGoLaterAsync(topic, together);
    }

    async Task LetGoLaterAsync(string topic, List<BrokerMessage> together)
    {
        if (await PauseAsync(traps.LongestHold)) await LetGoAsync(topic, together);
    }

    Task LetGoAsync(string topic, List<BrokerMessage> together)
    {
        BrokerMessage[] messages;
        lock (gate)
        {
            if (held.GetValueOrDefault(topic) != together) return Task.CompletedTask; // Gone already.
            held.Remove(topic);
            messages = [.. together];
        }

        traps.Shuffle(messages);
        return HandOnAsync(topic, messages);
    }

    // Its publisher has long had its answer, so a fault of the engine loses the messages.
    async Task HandOnAsync(string topic, IReadOnlyList<BrokerMessage> messages)
    {
        try
        {
            await engine.PublishAsync(topic, messages, CancellationToken.None);
        }
        catch (Exception fault)
        {
            log.LogWarning("{Count} messages of {Topic} that a trap held are lost: {Reason}", messages.Count, topic, fault.Message);
        }
    }

    async Task<bool> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, clock, stopping.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // The end.
        }
    }
}

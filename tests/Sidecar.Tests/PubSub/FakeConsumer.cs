using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.TestKit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>An app whose answers a test decides.</summary>
sealed class FakeConsumer(string appId, params string[] topics) : IConsumer
{
    readonly Channel<string> deliveries = Channel.CreateUnbounded<string>();
    int inFlight;

    public string AppId => appId;

    public IReadOnlyCollection<string> Topics => topics;

    /// <summary>Answers a message by its text; all goes well unless a test says otherwise.</summary>
    public Func<string, CancellationToken, Task<DeliveryResult>> Answer { get; set; } = (_, _) => Task.FromResult(DeliveryResult.Done);

    public string? DeadLetters { get; init; }

    public ConcurrentQueue<string> Received { get; } = new();

    public int MostInFlight { get; private set; }

    public static DeliveryResult Failure { get; } = new(DeliveryOutcome.Failed, 500, "the app answered 500");

    public static DeliveryResult Away { get; } = new(DeliveryOutcome.Unreachable);

    public string? DeadLetterTopic(string topic) => DeadLetters == topic ? null : DeadLetters;

    /// <summary>Whether it may publish to the topic of its dead letters.</summary>
    public bool MayDeadLetter { get; init; } = true;

    public bool MayPublish(string topic) => MayDeadLetter;

    public async Task<DeliveryResult> DeliverAsync(string topic, BrokerMessage message, CancellationToken cancel)
    {
        var text = Encoding.UTF8.GetString(message.Data);
        lock (deliveries) MostInFlight = Math.Max(MostInFlight, ++inFlight);
        try
        {
            Received.Enqueue(text);
            deliveries.Writer.TryWrite(text);
            return await Answer(text, cancel);
        }
        finally
        {
            lock (deliveries) inFlight--;
        }
    }

    /// <summary>The next delivery, whatever its answer.</summary>
    public async Task<string> NextAsync() => await deliveries.Reader.ReadAsync().AsTask().Within();

    public async Task<List<string>> NextAsync(int count)
    {
        var texts = new List<string>();
        while (texts.Count < count) texts.Add(await NextAsync());
        return texts;
    }
}

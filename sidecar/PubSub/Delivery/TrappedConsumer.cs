using MallBots.Sidecar.PubSub.Brokers;

namespace MallBots.Sidecar.PubSub.Delivery;

/// <summary>Deliveries that get lost, come twice, fail, or are handled without an answer, when a test wants it (<see cref="Traps"/>); on every engine.</summary>
internal sealed class TrappedConsumer(IConsumer consumer, Traps traps) : IConsumer
{
    public string AppId => consumer.AppId;

    public IReadOnlyCollection<string> Topics => consumer.Topics;

    public string? DeadLetterTopic(string topic) => consumer.DeadLetterTopic(topic);

    public bool MayPublish(string topic) => consumer.MayPublish(topic);

    public async Task<DeliveryResult> DeliverAsync(string topic, BrokerMessage message, CancellationToken cancel)
    {
        if (traps.Happens(traps.LostMessages)) return DeliveryResult.Done;
        if (traps.Happens(traps.FailedDeliveries)) return Failed("it never got to the app, as a trap wants it");
        var result = await consumer.DeliverAsync(topic, message, cancel);
        if (result.Outcome == DeliveryOutcome.Done && traps.Happens(traps.RepeatedMessages)) result = await consumer.DeliverAsync(topic, message, cancel);
        return result.Outcome == DeliveryOutcome.Done && traps.Happens(traps.CutDeliveries) ? Failed("the app's answer is lost, as a trap wants it") : result;
    }

    static DeliveryResult Failed(string reason) => new(DeliveryOutcome.Failed, Reason: reason);
}

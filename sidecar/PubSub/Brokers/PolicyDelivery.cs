using MallBots.Sidecar.Resiliency;

namespace MallBots.Sidecar.PubSub.Brokers;

/// <summary>
/// A delivery as daprd makes it: all retries of the policy one after another, which hold the place of the message the whole time (fact P3);
/// then the dead letter topic, if there is one.
/// </summary>
internal sealed class PolicyDelivery(
    IConsumer consumer, ResiliencyPolicy policy, Func<string, BrokerMessage, Task> publishDeadLetter, TimeProvider clock, ILogger log)
{
    /// <summary>Whether the message is done with; false when the retries have ended.</summary>
    public async Task<bool> DeliverAsync(string topic, BrokerMessage message, CancellationToken cancel)
    {
        using var pauses = (policy.Retry?.Delays() ?? []).GetEnumerator();
        while (true)
        {
            var result = await consumer.DeliverAsync(topic, message, cancel);
            if (result.Outcome == DeliveryOutcome.Done) return true;
            if (result.Outcome == DeliveryOutcome.Dropped && await TrySendToDeadLetterAsync(topic, message, orDrop: true)) return true;

            var repeats = result.HttpStatus is not ({ } status and (< 200 or >= 300)) || policy.Retry?.RepeatsHttp(status) == true;
            if (!repeats || !pauses.MoveNext())
            {
                log.LogWarning("A message of {Topic} failed at {App}: {Reason}", topic, consumer.AppId, result.Reason);
                return await TrySendToDeadLetterAsync(topic, message, orDrop: false);
            }

            await Task.Delay(pauses.Current, clock, cancel);
        }
    }

    async Task<bool> TrySendToDeadLetterAsync(string topic, BrokerMessage message, bool orDrop)
    {
        if (consumer.DeadLetterTopic(topic) is not { } deadLetterTopic) return orDrop;
        if (!consumer.MayPublish(deadLetterTopic))
        {
            log.LogError("A message of {Topic} could not be sent to its dead letter topic: topic {DeadLetterTopic} is not allowed for app id {App}", topic, deadLetterTopic, consumer.AppId);
            return false;
        }

        try
        {
            await publishDeadLetter(deadLetterTopic, message);
            return true;
        }
        catch (Exception fault)
        {
            log.LogError(fault, "A message of {Topic} could not be sent to its dead letter topic {DeadLetterTopic}", topic, deadLetterTopic);
            return false;
        }
    }
}

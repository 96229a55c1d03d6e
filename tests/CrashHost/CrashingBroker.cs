using System.Text;
using System.Text.Json;
using MallBots.ServiceKit.Messaging;

namespace MallBots.CrashHost;

/// <summary>The broker of a service: the process ends right after it has taken an event.</summary>
sealed class CrashingBroker(string app, IBroker inner, CrashPlan plan) : IBroker
{
    public async Task Publish(string topic, ReadOnlyMemory<byte> cloudEvent, string partitionKey, CancellationToken cancel)
    {
        await inner.Publish(topic, cloudEvent, partitionKey, cancel);
        using var json = JsonDocument.Parse(cloudEvent);
        plan.Reach(plan.CauseOf(app, json.RootElement.GetProperty("subject").GetString()!), $"publish {Arrivals.EventType(Encoding.UTF8.GetString(cloudEvent.Span))}");
    }
}

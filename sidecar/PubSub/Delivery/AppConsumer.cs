using System.Net.Http.Headers;
using System.Text;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.CloudEvents;

namespace MallBots.Sidecar.PubSub.Delivery;

/// <summary>Delivers the messages of one component to one app by HTTP, as recorded (fact P1).</summary>
internal sealed class AppConsumer : IConsumer
{
    // A body that is longer is no status document; it is read no further.
    const int LongestAnswer = 64 * 1024;

    static readonly MediaTypeHeaderValue CloudEventContent = new(ContentTypes.CloudEvent);

    readonly Dictionary<string, Subscription> subscriptions;
    readonly AppSidecar app;
    readonly PubSubComponent component;
    readonly TimeSpan? timeout;
    readonly TimeProvider clock;
    readonly ILogger log;

    public AppConsumer(AppSidecar app, PubSubComponent component, IEnumerable<Subscription> subscriptions, TimeSpan? timeout, TimeProvider clock, ILogger log)
    {
        this.subscriptions = subscriptions.ToDictionary(subscription => subscription.Topic, StringComparer.Ordinal);
        this.app = app;
        this.component = component;
        this.timeout = timeout;
        this.clock = clock;
        this.log = log;
    }

    public string AppId => app.AppId;

    public IReadOnlyCollection<string> Topics => subscriptions.Keys;

    public string? DeadLetterTopic(string topic) => subscriptions[topic].DeadLetterTopic;

    public bool MayPublish(string topic) => component.Rights.MayPublish(AppId, topic);

    public async Task<DeliveryResult> DeliverAsync(string topic, BrokerMessage message, CancellationToken cancel)
    {
        var subscription = subscriptions[topic];
        var data = subscription.IsRaw ? EventEnvelope.WrapRaw(message.Data, component.Name, topic) : message.Data;
        if (!ReceivedEvent.TryRead(data, out var @event))
        {
            log.LogError("A message of {Topic} is no CloudEvent and cannot be delivered to {App}; a raw one needs a subscription with rawPayload", topic, AppId);
            return new DeliveryResult(DeliveryOutcome.Dropped, Reason: "no CloudEvent");
        }

        if (@event.Expiration < clock.GetUtcNow()) return new DeliveryResult(DeliveryOutcome.Dropped, Reason: "expired");
        if (app.AppBaseAddress is not { } address) return new DeliveryResult(DeliveryOutcome.Unreachable, Reason: "the app's port is not known");

        using var request = Request(address + subscription.Route, data, message, @event);
        return await SendAsync(request, cancel);
    }

    HttpRequestMessage Request(string address, byte[] data, BrokerMessage message, ReceivedEvent @event)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(data) };
        request.Content.Headers.ContentType = CloudEventContent;
        foreach (var (name, value) in message.Metadata)
        {
            if (CanBeHeader(value)) request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.Remove("pubsubname");
        request.Headers.TryAddWithoutValidation("pubsubname", component.Name);
        if (@event.TraceParentHeader is { } traceParent) request.Headers.TryAddWithoutValidation("traceparent", traceParent);
        if (@event.TraceState is { Length: > 0 } traceState && CanBeHeader(traceState)) request.Headers.TryAddWithoutValidation("tracestate", traceState);
        return request;
    }

    async Task<DeliveryResult> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        using var limit = timeout is null ? null : CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit?.CancelAfter(timeout!.Value);
        try
        {
            using var response = await app.SendToAppAsync(request, limit?.Token ?? cancel);
            return AppAnswer.Of((int)response.StatusCode, await ReadAsync(response.Content, limit?.Token ?? cancel));
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return new DeliveryResult(DeliveryOutcome.Unreachable, Reason: fault.Message);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return new DeliveryResult(DeliveryOutcome.Failed, Reason: fault.Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new DeliveryResult(DeliveryOutcome.Failed, Reason: $"no answer within {timeout}");
        }
    }

    static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancel)
    {
        if (content.Headers.ContentLength is 0 or > LongestAnswer) return [];
        var stream = await content.ReadAsStreamAsync(cancel);
        var buffer = new byte[content.Headers.ContentLength ?? LongestAnswer];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
        return buffer[..length];
    }

    // Metadata may be anything, headers may not; what is no header stays behind, and the event is delivered.
    static bool CanBeHeader(string value) => Ascii.IsValid(value) && value.AsSpan().IndexOfAnyInRange('\0', '\u001f') < 0;
}

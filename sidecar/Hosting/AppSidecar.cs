using System.Collections.Concurrent;
using System.Net.Sockets;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Invocation;

namespace MallBots.Sidecar.Hosting;

/// <summary>The sidecar of one app: its ports, the way to the app, and what the app may see.</summary>
internal sealed class AppSidecar(string appId, HttpMessageInvoker http, string? appApiToken)
{
    volatile AppAddress? address;

    /// <summary>The Dapr app-id.</summary>
    public string AppId { get; } = appId;

    /// <summary>Whether whoever started it knows that the app has workflows.</summary>
    public bool RunsWorkflows { get; init; }

    /// <summary>Who may invoke the app; null: everyone.</summary>
    public AccessRules? Access { get; init; }

    /// <summary>Port of the Dapr HTTP API, once it listens.</summary>
    public int HttpPort { get; set; }

    /// <summary>Port of the Dapr gRPC API, once it listens.</summary>
    public int GrpcPort { get; set; }

    /// <summary>Port of the app; 0 until it is known.</summary>
    public int AppPort => address?.Port ?? 0;

    /// <summary>Base address of the app, `http://127.0.0.1:port`; null until it is known.</summary>
    public string? AppBaseAddress => address?.Base;

    /// <summary>Whether the app has said that it listens.</summary>
    public bool IsConnected { get; set; }

    /// <summary>What the app answered to GET /dapr/subscribe, as the metadata API shows it. Set by pub/sub.</summary>
    public IReadOnlyList<AppSubscription> Subscriptions { get; set; } = [];

    /// <summary>Attributes that the app has set by the metadata API.</summary>
    public ConcurrentDictionary<string, string> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>The port that the app listens on.</summary>
    public void SetAppPort(int port) => address = port > 0 ? new AppAddress(port, $"http://127.0.0.1:{port}") : null;

    /// <summary>Whether this app may use the component (its scopes).</summary>
    public bool Sees(Component component) => component.IsVisibleTo(AppId);

    /// <summary>
    /// Sends a request to the app, with the token that proves that it comes from the sidecar. The request's URI is absolute, on
    /// <see cref="AppBaseAddress"/>. Throws <see cref="HttpRequestException"/> when the app does not listen.
    /// </summary>
    public async Task<HttpResponseMessage> SendToAppAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        if (appApiToken is not null) request.Headers.TryAddWithoutValidation("dapr-api-token", appApiToken);
        try
        {
            return await http.SendAsync(request, cancel);
        }
        catch (SocketException gone)
        {
            // An app that ends between accepting a connection and its first request: the client lets this one through as it is.
            throw new HttpRequestException(HttpRequestError.ConnectionError, gone.Message, gone);
        }
    }

    sealed record AppAddress(int Port, string Base);
}

/// <summary>One subscription of an app, as the metadata API shows it.</summary>
internal sealed record AppSubscription(
    string PubSubName, string Topic, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<AppSubscriptionRule> Rules, string DeadLetterTopic);

/// <summary>One route of a subscription; <paramref name="Match"/> is empty for the default route.</summary>
internal sealed record AppSubscriptionRule(string Match, string Path);

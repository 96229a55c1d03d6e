using System.Net.Sockets;
using MallBots.Sidecar.NameResolution;
using StackExchange.Redis;

namespace MallBots.Sidecar.Invocation;

/// <summary>The way to apps of other standalone sidecars: by the HTTP API of theirs.</summary>
internal sealed class OtherSidecars(NameRegistry names, HttpMessageInvoker http, string? apiToken)
{
    /// <summary>On a request: it comes from another sidecar, and is for the app of this one or for nobody. Also keeps two sidecars from passing a call to and fro.</summary>
    public const string Forwarded = "mallbots-forwarded";

    /// <summary>On an answer: the app gave it. Without it the answer is the other sidecar's own, or that of a stranger who has its port now.</summary>
    public const string Delivered = "mallbots-delivered";

    /// <summary>The address of a sidecar of the app; null when the app is not known.</summary>
    public Task<string?> FindAsync(string appId) => FaultAsync(() => names.FindAsync(appId));

    /// <summary>Whether the app has a sidecar.</summary>
    public Task<bool> KnowsAsync(string appId) => FaultAsync(() => names.KnowsAsync(appId));

    /// <summary>The URI of a path of the app at a sidecar.</summary>
    public static string UriOf(string address, string appId, string target) => $"http://{address}/v1.0/invoke/{Uri.EscapeDataString(appId)}/method{target}";

    /// <summary>Sends the request; throws <see cref="HttpRequestException"/> when the sidecar is gone or could not deliver it.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string appId, string address, CancellationToken cancel)
    {
        request.Headers.TryAddWithoutValidation(Forwarded, "true");
        if (apiToken is not null) request.Headers.TryAddWithoutValidation("dapr-api-token", apiToken);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, cancel);
        }
        catch (Exception fault) when (fault is HttpRequestException or SocketException)
        {
            names.DidNotAnswer(appId, address);
            throw new SidecarGoneException($"sidecar {address}: {fault.Message}", fault);
        }

        if (response.Headers.NonValidated.Contains(Delivered)) return response;

        using (response)
        {
            names.DidNotAnswer(appId, address);
            throw new HttpRequestException($"sidecar {address}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancel)}");
        }
    }

    static async Task<T> FaultAsync<T>(Func<Task<T>> lookUp)
    {
        try
        {
            return await lookUp();
        }
        catch (Exception away) when (away is RedisException or TimeoutException)
        {
            throw new HttpRequestException($"no name resolution: {away.Message}", away);
        }
    }
}

/// <summary>The sidecar of the app does not answer: repeated even without a policy (fact I4).</summary>
internal sealed class SidecarGoneException(string message, Exception cause) : HttpRequestException(message, cause);

using Grpc.Core;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.Resiliency;

namespace MallBots.Sidecar.Invocation;

/// <summary>
/// Service invocation: passes a request on to another app of this process and its answer back, unchanged (fact I1), under the resiliency policy
/// of that app (fact I4).
/// </summary>
internal sealed class InvocationService(SidecarContext context)
{
    // Between two hops, not between caller and app; and the tokens are those of one hop only.
    static readonly HashSet<string> OfOneHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Host", "Expect",
        "dapr-app-id", "dapr-api-token",
    };

    /// <summary>Invokes the app with the request in <paramref name="call"/>; <paramref name="rawPath"/> is what comes after `method`, escaped.</summary>
    public async Task InvokeAsync(ApiCall call, string appId, string rawPath, string query)
    {
        if (!context.Apps.TryGetValue(appId, out var callee)) throw Failed(appId, $"couldn't find service: {appId}");
        if (Traps.Happens(context.Traps.EmptyInvocations)) return;
        var path = InvocationPath.Clean(rawPath) ?? throw Failed(appId, $"invalid URL escape in path {rawPath}");
        var body = HasBody(call.Http.Request)
            ? await call.ReadBodyAsync() ?? throw Failed(appId, "http: request body too large")
            : null;

        var policy = context.Resiliency.ForApp(appId);
        using var delays = (policy.Retry?.Delays() ?? []).GetEnumerator();
        while (true)
        {
            using var attempt = Attempt.Start(policy, context.Clock, call.Aborted);
            if (await TryOnceAsync(call, callee, path + query, body, policy.Retry, delays, attempt)) return;
            await Task.Delay(delays.Current, context.Clock, call.Aborted);
        }
    }

    // True when the caller has an answer; false when the attempt is to be repeated after the present delay.
    static async Task<bool> TryOnceAsync(
        ApiCall call, AppSidecar callee, string target, byte[]? body, RetryPolicy? retry, IEnumerator<TimeSpan> delays, Attempt attempt)
    {
        try
        {
            var address = callee.AppBaseAddress ?? throw new HttpRequestException($"app {callee.AppId} does not listen yet");
            using var request = CopyRequest(call.Http.Request, address + target, body);
            using var response = await callee.SendToAppAsync(request, attempt.Cancel);
            if (retry is not null && retry.RepeatsHttp((int)response.StatusCode) && delays.MoveNext()) return false;

            await CopyResponseAsync(response, call.Http.Response, attempt.Cancel);
            return true;
        }
        catch (Exception fault) when (attempt.IsFault(fault))
        {
            if (call.Http.Response.HasStarted)
            {
                // Half an answer is out: only a cut connection tells the caller.
                call.Http.Abort();
                return true;
            }

            // A closed port, a cut connection, a time-out: always repeated (fact I4).
            if (delays.MoveNext()) return false;
            throw Failed(callee.AppId, attempt.TimedOut ? "context deadline exceeded" : fault.Message);
        }
    }

    static bool HasBody(HttpRequest request) => request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;

    static HttpRequestMessage CopyRequest(HttpRequest source, string uri, byte[]? body)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Parse(source.Method), new Uri(uri, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (body is not null) request.Content = new ByteArrayContent(body);
        foreach (var (name, values) in source.Headers)
        {
            if (OfOneHop.Contains(name) || name.StartsWith(':')) continue;
            if (request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) continue;
            if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        return request;
    }

    static async Task CopyResponseAsync(HttpResponseMessage source, HttpResponse response, CancellationToken cancel)
    {
        response.StatusCode = (int)source.StatusCode;
        CopyHeaders(source.Headers.NonValidated, response);
        CopyHeaders(source.Content.Headers.NonValidated, response);
        await source.Content.CopyToAsync(response.Body, cancel);
    }

    static void CopyHeaders(System.Net.Http.Headers.HttpHeadersNonValidated headers, HttpResponse response)
    {
        foreach (var (name, values) in headers)
        {
            if (OfOneHop.Contains(name)) continue;
            response.Headers[name] = values.Count == 1 ? values.ToString() : values.ToArray();
        }
    }

    static ApiException Failed(string appId, string reason) => new(
        StatusCodes.Status500InternalServerError, StatusCode.Internal, "ERR_DIRECT_INVOKE", $"failed to invoke, id: {appId}, err: {reason}");

    /// <summary>One attempt: its time-out, if the policy has one, and what counts as its fault.</summary>
    sealed class Attempt : IDisposable
    {
        readonly CancellationToken caller;
        readonly CancellationTokenSource? timeout;
        readonly CancellationTokenSource? linked;

        Attempt(CancellationToken caller, CancellationTokenSource? timeout)
        {
            this.caller = caller;
            this.timeout = timeout;
            linked = timeout is null ? null : CancellationTokenSource.CreateLinkedTokenSource(caller, timeout.Token);
        }

        public CancellationToken Cancel => linked?.Token ?? caller;

        public bool TimedOut => timeout?.IsCancellationRequested == true && !caller.IsCancellationRequested;

        public static Attempt Start(ResiliencyPolicy policy, TimeProvider clock, CancellationToken caller) =>
            new(caller, policy.Timeout is { } limit ? new CancellationTokenSource(limit, clock) : null);

        public bool IsFault(Exception thrown) =>
            !caller.IsCancellationRequested && (thrown is HttpRequestException or IOException || (thrown is OperationCanceledException && TimedOut));

        public void Dispose()
        {
            linked?.Dispose();
            timeout?.Dispose();
        }
    }
}

using Grpc.Core;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.Resiliency;

namespace MallBots.Sidecar.Invocation;

/// <summary>
/// Service invocation: passes a request on to another app, of this process or of another standalone sidecar, and its answer back, unchanged
/// (fact I1), under the resiliency policy of that app (fact I4).
/// </summary>
internal sealed class InvocationService(SidecarContext context, OtherSidecars? others)
{
    // What daprd does without a policy when the callee's sidecar is dead (fact I4).
    const int RetriesOfDeadSidecar = 3;
    static readonly TimeSpan PauseAfterDeadSidecar = TimeSpan.FromSeconds(1);

    // Between two hops, not between caller and app; and the tokens are those of one hop only.
    static readonly HashSet<string> OfOneHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Host", "Expect",
        "dapr-app-id", "dapr-api-token", OtherSidecars.Forwarded, OtherSidecars.Delivered,
    };

    /// <summary>Invokes the app with the request in <paramref name="call"/>; <paramref name="rawPath"/> is what comes after `method`, escaped.</summary>
    public async Task InvokeAsync(ApiCall call, string appId, string rawPath, string query)
    {
        var forwarded = call.Http.Request.Headers.ContainsKey(OtherSidecars.Forwarded);
        var callee = context.Apps.GetValueOrDefault(appId);
        if (callee is null && (forwarded || !await IsKnownAsync(appId))) throw Failed(appId, $"couldn't find service: {appId}");
        var path = InvocationPath.Clean(rawPath) ?? throw Failed(appId, $"invalid URL escape in path {rawPath}");
        var refusal = callee is null ? null : RefusalOf(call, callee, path);
        if (refusal is null && context.Traps.Happens(context.Traps.EmptyInvocations)) return;
        var body = HasBody(call.Http.Request)
            ? await call.ReadBodyAsync() ?? throw Failed(appId, "http: request body too large")
            : null;

        // The caller's sidecar repeats; if the callee's did too, attempts would multiply.
        var policy = forwarded ? ResiliencyPolicy.None : context.Resiliency.ForApp(appId);
        var target = new Target(appId, callee, path + query, forwarded, refusal);
        using var repetitions = new Repetitions(policy.Retry);
        while (true)
        {
            using var attempt = Attempt.Start(policy, context.Clock, call.Aborted);
            if (await TryOnceAsync(call, target, body, repetitions, attempt)) return;
            await Task.Delay(repetitions.Pause, context.Clock, call.Aborted);
        }
    }

    async Task<bool> IsKnownAsync(string appId)
    {
        try
        {
            return others is not null && await others.KnowsAsync(appId);
        }
        catch (HttpRequestException fault)
        {
            throw Failed(appId, fault.Message);
        }
    }

    // True when the caller has an answer; false when the attempt is to be repeated after the present pause.
    async Task<bool> TryOnceAsync(ApiCall call, Target target, byte[]? body, Repetitions repetitions, Attempt attempt)
    {
        try
        {
            if (target.Refusal is not null) throw new AccessDeniedException(target.Refusal);
            using var response = target.Callee is { } callee
                ? await SendToAppAsync(call, callee, target, body, attempt.Cancel)
                : await SendToSidecarAsync(call, target, body, attempt.Cancel);
            if (context.Traps.Happens(context.Traps.CutInvocations)) throw new CutAnswerException();
            if (repetitions.NextAfterAnswer((int)response.StatusCode)) return false;

            if (target.Forwarded) call.Http.Response.Headers[OtherSidecars.Delivered] = "true";
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

            call.Http.Response.Headers.Remove(OtherSidecars.Delivered);
            if (repetitions.NextAfterFault(fault)) return false;
            if (fault is AccessDeniedException) throw Failed(target.AppId, fault.Message, StatusCodes.Status403Forbidden);
            throw Failed(target.AppId, attempt.TimedOut ? "context deadline exceeded" : fault.Message);
        }
    }

    static async Task<HttpResponseMessage> SendToAppAsync(ApiCall call, AppSidecar callee, Target target, byte[]? body, CancellationToken cancel)
    {
        var address = callee.AppBaseAddress ?? throw new HttpRequestException($"app {callee.AppId} does not listen yet");
        using var request = CopyRequest(call.Http.Request, address + target.PathAndQuery, body);
        return await callee.SendToAppAsync(request, cancel);
    }

    // Looked up for each attempt: a sidecar that died may be back on another port.
    async Task<HttpResponseMessage> SendToSidecarAsync(ApiCall call, Target target, byte[]? body, CancellationToken cancel)
    {
        var address = await others!.FindAsync(target.AppId) ?? throw new HttpRequestException($"couldn't find service: {target.AppId}");
        using var request = CopyRequest(call.Http.Request, OtherSidecars.UriOf(address, target.AppId, target.PathAndQuery), body);
        return await others.SendAsync(request, target.AppId, address, cancel);
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

    // The callee's list, looked up as daprd's sidecar of the callee does; an app's call of itself gets to no other sidecar, and to no list (fact I6).
    static string? RefusalOf(ApiCall call, AppSidecar callee, string path)
    {
        var (caller, verb) = (call.App.AppId, call.Http.Request.Method);
        if (callee.Access is null || callee.AppId == caller || callee.Access.Allow(caller, verb, path)) return null;
        return $"rpc error: code = PermissionDenied desc = access control policy has denied access to id: {caller} operation: {path[1..]} verb: {verb}";
    }

    static ApiException Failed(string appId, string reason, int status = StatusCodes.Status500InternalServerError) => new(
        status, StatusCode.Internal, "ERR_DIRECT_INVOKE", $"failed to invoke, id: {appId}, err: {reason}");

    /// <summary>Where an invocation goes: to an app of this process, or, when <paramref name="Callee"/> is null, to one of another sidecar. With a refusal it goes nowhere.</summary>
    sealed record Target(string AppId, AppSidecar? Callee, string PathAndQuery, bool Forwarded, string? Refusal);

    // A fault as a closed port is one: a retry policy repeats it, whatever status codes it matches (facts I4, I6).
    sealed class AccessDeniedException(string message) : HttpRequestException(message);

    /// <summary>The repetitions that are left.</summary>
    sealed class Repetitions(RetryPolicy? retry) : IDisposable
    {
        readonly IEnumerator<TimeSpan> delays = (retry?.Delays() ?? []).GetEnumerator();
        int ofDeadSidecar = RetriesOfDeadSidecar;

        /// <summary>How long to wait before the next attempt.</summary>
        public TimeSpan Pause { get; private set; }

        /// <summary>Whether the app's answer is repeated.</summary>
        public bool NextAfterAnswer(int status) => retry is not null && retry.RepeatsHttp(status) && Next();

        /// <summary>A closed port, a cut connection, a time-out: repeated by every policy; a dead sidecar also without one (fact I4).</summary>
        public bool NextAfterFault(Exception fault)
        {
            if (retry is not null || fault is not SidecarGoneException) return Next();
            Pause = PauseAfterDeadSidecar;
            return ofDeadSidecar-- > 0;
        }

        public void Dispose() => delays.Dispose();

        bool Next()
        {
            if (!delays.MoveNext()) return false;
            Pause = delays.Current;
            return true;
        }
    }

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

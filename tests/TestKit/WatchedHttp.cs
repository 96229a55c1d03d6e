namespace MallBots.TestKit;

/// <summary>
/// The HTTP clients of all tests that call services: every refusal that one of them ever sees is held against <see cref="ProblemDocuments"/>, so no code
/// is without its row in docs/problems.md.
/// </summary>
public static class WatchedHttp
{
    // 503 with a report; 500 without a body, which asks the sidecar to deliver again.
    static readonly string[] Others = ["/readyz", "/health", "/events/"];

    /// <summary>A client.</summary>
    /// <param name="address">Base address of a service.</param>
    /// <param name="timeout">How long it waits for an answer; 100 s when not said.</param>
    /// <param name="inner">What sends the requests; a connection pool of its own when not said.</param>
    public static HttpClient Client(Uri? address = null, TimeSpan? timeout = null, HttpMessageHandler? inner = null) =>
        new(new Watch { InnerHandler = inner ?? new SocketsHttpHandler() }) { BaseAddress = address, Timeout = timeout ?? TimeSpan.FromSeconds(100) };

    sealed class Watch : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            var isRefusal = (int)answer.StatusCode >= 400 && answer.Headers.Contains("mallbots-service");
            if (!isRefusal || request.Method == HttpMethod.Head || Others.Any(path => request.RequestUri!.AbsolutePath.StartsWith(path, StringComparison.Ordinal))) return answer;
            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            ProblemDocuments.Check((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer;
        }
    }
}

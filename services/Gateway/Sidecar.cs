using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace MallBots.Gateway;

/// <summary>
/// The way to the services: through the gateway's own sidecar. An answer without the services' mark is none, whatever its status: daprd answers for
/// services that are away, and can answer 200 with nothing (fact I4). So daprd is sent only what it passes on unchanged (facts I1, I5): what a service
/// answers at its own port, the gateway answers.
/// </summary>
sealed class Sidecar(IHttpForwarder forwarder, KitOptions options) : IDisposable
{
    static readonly ForwarderRequestConfig Limits = new() { ActivityTimeout = TimeSpan.FromSeconds(30) };

    readonly HttpMessageInvoker connections = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = DistributedContextPropagator.Current, // traceparent, tracestate and baggage, each in its form.
        ConnectTimeout = TimeSpan.FromSeconds(3),
    });

    /// <summary>Passes the request on to a path of an app and its answer back.</summary>
    /// <param name="context">The request.</param>
    /// <param name="app">Whose answer is wanted.</param>
    /// <param name="path">Path at the app, unescaped.</param>
    public async Task Forward(HttpContext context, string app, string path)
    {
        if (CarriedAddress.Of(path, context.Request.QueryString.Value) is not { } address)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var call = new Call(app, address, options.DaprApiToken, HttpMethods.IsOptions(context.Request.Method));
        context.Request.Method = MethodOf(context.Request.Method);
        var error = await forwarder.SendAsync(context, options.DaprHttpEndpoint, connections, Limits, call, context.RequestAborted);
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;
        if (error != ForwarderError.None || !call.Answered) throw new UnavailableException($"{app} did not answer.");
    }

    public void Dispose() => connections.Dispose();

    /// <summary>
    /// The methods of the API, as they are. daprd makes a POST of a method that it does not know (fact I5); no call of the API is a PATCH, so that one has
    /// the service say what the path allows, to OPTIONS too.
    /// </summary>
    static string MethodOf(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method) ? method.ToUpperInvariant() : HttpMethods.Patch;

    sealed class Call(string app, string address, string? token, bool isOptions) : HttpTransformer
    {
        // What services answer. The rest is the sidecar's or the connection's.
        static readonly HashSet<string> FromServices = new(StringComparer.OrdinalIgnoreCase)
        {
            Peers.Mark, HeaderNames.Allow, HeaderNames.CacheControl, HeaderNames.ContentLanguage, HeaderNames.ContentLength, HeaderNames.ContentType,
            HeaderNames.ETag, HeaderNames.LastModified, HeaderNames.Location, HeaderNames.RetryAfter, HeaderNames.Vary, HeaderNames.WWWAuthenticate,
        };

        public bool Answered { get; private set; }

        public override ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            var request = httpContext.Request;
            proxyRequest.RequestUri = new Uri(
                $"{destinationPrefix}/v1.0/invoke/{app}/method{address}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            foreach (var (name, values) in request.Headers)
            {
                // Asked for a stream of events daprd adds headers of its own (fact I5); no service has one.
                if (!HeaderRules.IsPassedOn(name) || !values.All(HeaderRules.IsPrintable)) continue;
                if (name == HeaderNames.Accept && values.ToString().Contains("event-stream", StringComparison.OrdinalIgnoreCase)) continue;
                if (!proxyRequest.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                    proxyRequest.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }

            // As they are known here: what came from a proxy that is trusted, and nothing from anybody else.
            Add("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString());
            Add("X-Forwarded-Proto", request.Scheme);
            Add("X-Forwarded-Host", request.Host.ToUriComponent());
            Add("X-Forwarded-Prefix", request.PathBase.ToUriComponent());
            Add("dapr-api-token", token);
            // With a key of its own every POST can be repeated below without harm.
            if (HttpMethods.IsPost(request.Method) && !request.Headers.ContainsKey("Idempotency-Key")) Add("Idempotency-Key", Guid.CreateVersion7().ToString());
            return default;

            void Add(string name, string? value)
            {
                if (value is { Length: > 0 } && HeaderRules.IsPrintable(value)) proxyRequest.Headers.TryAddWithoutValidation(name, value);
            }
        }

        public override ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
        {
            Answered = proxyResponse is not null && proxyResponse.Headers.TryGetValues(Peers.Mark, out var marks) && marks.Contains(app);
            if (!Answered) return new(false);
            var response = httpContext.Response;
            Copy(proxyResponse!.Headers.NonValidated, response.Headers);
            Copy(proxyResponse.Content.Headers.NonValidated, response.Headers);
            // Services say where something is at their own root.
            if (response.Headers.Location.ToString() is ['/', not '/', ..] path) response.Headers.Location = httpContext.Request.PathBase.ToUriComponent() + path;
            if (!isOptions || response.StatusCode != StatusCodes.Status405MethodNotAllowed) return new(true);
            response.StatusCode = StatusCodes.Status204NoContent;
            httpContext.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = null;
            response.ContentLength = null;
            response.ContentType = null;
            return new(false);
        }

        public override ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken) => default;

        static void Copy(HttpHeadersNonValidated source, IHeaderDictionary headers)
        {
            foreach (var (name, values) in source)
                if (FromServices.Contains(name)) headers[name] = values.Count == 1 ? values.ToString() : values.ToArray();
        }
    }
}

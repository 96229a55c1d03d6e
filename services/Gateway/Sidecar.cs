using System.Diagnostics;
using System.Net;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using Yarp.ReverseProxy.Forwarder;

namespace MallBots.Gateway;

/// <summary>
/// The way to the services: through the gateway's own sidecar. An answer without the services' mark is none, whatever its status: daprd answers for
/// services that are away, and can answer 200 with nothing (fact I4).
/// </summary>
sealed class Sidecar(IHttpForwarder forwarder, KitOptions options) : IDisposable
{
    const long LargestBody = 1024 * 1024;
    static readonly ForwarderRequestConfig Limits = new() { ActivityTimeout = TimeSpan.FromSeconds(30) };

    readonly HttpMessageInvoker connections = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        EnableMultipleHttp2Connections = true,
        ActivityHeadersPropagator = DistributedContextPropagator.Current,
        ConnectTimeout = TimeSpan.FromSeconds(3),
    });

    /// <summary>Passes the request on to a path of an app and its answer back.</summary>
    public async Task Forward(HttpContext context, string app, string path)
    {
        if (context.Request.ContentLength > LargestBody) throw new BadHttpRequestException("The body is too large.", StatusCodes.Status413PayloadTooLarge);
        var away = new Away(app, path, options.DaprApiToken);
        var error = await forwarder.SendAsync(context, options.DaprHttpEndpoint, connections, Limits, away, context.RequestAborted);
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;
        if (context.Features.Get<IForwarderErrorFeature>()?.Exception is BadHttpRequestException { StatusCode: 413 } tooLarge) throw tooLarge;
        if (error != ForwarderError.None || !away.Answered) throw new UnavailableException($"{app} did not answer.");
    }

    public void Dispose() => connections.Dispose();

    sealed class Away(string app, string path, string? token) : HttpTransformer
    {
        public bool Answered { get; private set; }

        public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.RequestUri = new Uri($"{destinationPrefix}/v1.0/invoke/{app}/method{path}{httpContext.Request.QueryString}");
            proxyRequest.Headers.Host = null;
            proxyRequest.Headers.Remove("dapr-app-id"); // Nobody outside chooses the app.
            proxyRequest.Headers.Remove("dapr-api-token");
            if (token is not null) proxyRequest.Headers.Add("dapr-api-token", token);
            // With a key of its own every POST can be repeated below without harm.
            if (HttpMethods.IsPost(httpContext.Request.Method) && !proxyRequest.Headers.Contains("Idempotency-Key"))
                proxyRequest.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        }

        public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
        {
            Answered = proxyResponse is not null && proxyResponse.Headers.TryGetValues(Peers.Mark, out var marks) && marks.Contains(app);
            if (!Answered) return false;
            return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }
    }
}

using System.Net;
using System.Text;

namespace MallBots.Sidecar.Hosting;

/// <summary>The HTTP client to the apps: one pool for all, and nothing that changes what passes through.</summary>
internal static class AppHttp
{
    /// <summary>A client without redirects, cookies, proxies, decompression or trace headers of its own.</summary>
    public static HttpMessageInvoker CreateInvoker() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
    });
}

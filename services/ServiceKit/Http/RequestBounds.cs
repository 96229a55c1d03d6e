using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MallBots.ServiceKit.Http;

/// <summary>
/// The bounds of every request, held before anything else looks at it, so that they are the same for every call, at the gateway and at every service
/// (specification 2). Kestrel's own are wider: what breaks ours gets a problem document, what breaks Kestrel's an empty answer (docs/problems.md).
/// </summary>
public static class RequestBounds
{
    /// <summary>The most characters that path and query may have together, as they were sent.</summary>
    public const int LongestTarget = 4096;

    /// <summary>The most bytes that a body may have: 1 MiB.</summary>
    public const int LargestBody = 1024 * 1024;

    const int FirstPart = 16 * 1024;

    internal static void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LargestBody;
        kestrel.Limits.MaxRequestLineSize = 64 * 1024;
        kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 1000;
        // By default a header that is no UTF-8 ends the connection; so every byte is a character, and HeaderRules decides.
        kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
    }

    internal static async Task Hold(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        HeaderRules.Check(request.Headers);
        if (context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Length > LongestTarget)
            throw new Microsoft.AspNetCore.Http.BadHttpRequestException("The address is too long.", StatusCodes.Status414UriTooLong);
        await ReadBody(request, context.RequestAborted);

        // Wherever there is GET there is HEAD: Kestrel goes by what was sent, and drops the body.
        if (HttpMethods.IsHead(request.Method)) request.Method = HttpMethods.Get;
        await next(context);
    }

    /// <summary>The body of a request, as it was read whole before any call looked at it; nothing when it has none.</summary>
    internal static ReadOnlyMemory<byte> BodyOf(HttpRequest request) =>
        request.Body is MemoryStream read ? read.GetBuffer().AsMemory(0, (int)read.Length) : default;

    /// <summary>
    /// Reads the whole body, also one that nobody will look at: a body that is too large, never arrives or ends early has one answer, wherever it was
    /// sent; and the gateway calls a service only with what it has in full, so that the sidecar may repeat the call.
    /// </summary>
    static async Task ReadBody(HttpRequest request, CancellationToken cancel)
    {
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false) return;
        var body = new MemoryStream((int)Math.Min(request.ContentLength ?? 0, FirstPart));
        await request.Body.CopyToAsync(body, cancel);
        body.Position = 0;
        request.Body = body;
        request.ContentLength = body.Length;
        request.Headers.Remove("Transfer-Encoding");
    }
}

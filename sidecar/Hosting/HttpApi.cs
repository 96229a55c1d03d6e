using Grpc.Core;
using MallBots.Sidecar.Invocation;
using Microsoft.AspNetCore.Http.Features;

namespace MallBots.Sidecar.Hosting;

/// <summary>Answers the HTTP API: finds the route, else an invocation, else the error of the real one.</summary>
internal sealed partial class HttpApi(HttpRoutes routes, InvocationService invocation, ILogger log)
{
    const string InvokePrefix = "/v1.0/invoke/";
    const string MethodSegment = "/method";
    const string AppIdHeader = "dapr-app-id";

    static readonly Dictionary<string, string> NoValues = [];

    /// <summary>Answers one request.</summary>
    public async Task AnswerAsync(HttpContext http, AppSidecar app)
    {
        var call = new ApiCall(http, app, NoValues);
        try
        {
            var (path, query) = Target(http);
            if (path.StartsWith(InvokePrefix, StringComparison.Ordinal) && TrySplitInvocation(path, out var appId, out var rest))
            {
                await invocation.InvokeAsync(call, appId, rest, query);
            }
            else if (routes.Find(http.Request.Method, path, out var values) is { } handler)
            {
                call = new ApiCall(http, app, values);
                await handler(call);
            }
            else if (http.Request.Headers[AppIdHeader] is { Count: > 0 } header)
            {
                await invocation.InvokeAsync(call, header.ToString(), path, query);
            }
            else
            {
                // Also a wrong method: 404, never 405 (fact I1).
                throw new ApiException(
                    StatusCodes.Status404NotFound,
                    StatusCode.Unimplemented,
                    "ERR_DIRECT_INVOKE",
                    "failed getting app id either from the URL path or the header dapr-app-id");
            }
        }
        catch (ApiException refused) when (!http.Response.HasStarted)
        {
            await call.Error(refused);
        }
        catch (CutAnswerException)
        {
            http.Abort();
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller is gone: there is nobody to answer.
        }
        catch (BadHttpRequestException mistake) when (!http.Response.HasStarted)
        {
            await call.Error(ApiCall.Malformed(mistake.Message));
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            LogFault(log, http.Request.Method, http.Request.Path, fault);
            await call.Error(new ApiException(StatusCodes.Status500InternalServerError, StatusCode.Internal, "ERR_INTERNAL", fault.Message));
        }
    }

    // The path as it came, not decoded: an escaped slash in a key is no separator.
    static (string Path, string Query) Target(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith('/')) return (http.Request.Path.ToUriComponent(), http.Request.QueryString.Value ?? "");

        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (target, "") : (target[..question], target[question..]);
    }

    static bool TrySplitInvocation(string path, out string appId, out string rest)
    {
        (appId, rest) = ("", "");
        var slash = path.IndexOf('/', InvokePrefix.Length);
        if (slash < 0) return false;

        appId = Uri.UnescapeDataString(path[InvokePrefix.Length..slash]);
        var afterApp = path.AsSpan(slash);
        if (!afterApp.StartsWith(MethodSegment, StringComparison.Ordinal)) return false;

        rest = afterApp[MethodSegment.Length..].ToString();
        return rest.Length == 0 || rest[0] == '/';
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    static partial void LogFault(ILogger log, string method, string path, Exception fault);
}

using System.Security.Cryptography;
using System.Text;

namespace MallBots.Sidecar.Hosting;

/// <summary>DAPR_API_TOKEN: who may call the API (fact I3).</summary>
internal sealed class ApiToken(string? token)
{
    const string Header = "dapr-api-token";
    const string OpenPath = "/v1.0/healthz";

    readonly byte[]? expected = token is null ? null : Encoding.UTF8.GetBytes(token);

    /// <summary>Whether the call may pass; only the health check is open to all.</summary>
    public bool Admits(HttpContext http) =>
        expected is null ||
        http.Request.Path.Value == OpenPath ||
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(http.Request.Headers[Header].ToString()), expected);

    /// <summary>Refuses the call: over HTTP with a text, over gRPC with a code.</summary>
    public static Task RefuseAsync(HttpContext http, bool isGrpc)
    {
        if (isGrpc)
        {
            http.Response.ContentType = "application/grpc";
            http.Response.Headers["grpc-status"] = ((int)Grpc.Core.StatusCode.Unauthenticated).ToString(System.Globalization.CultureInfo.InvariantCulture);
            http.Response.Headers["grpc-message"] = "authentication error: api token mismatch";
            return Task.CompletedTask;
        }

        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync("invalid api token");
    }
}

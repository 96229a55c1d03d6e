using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;

namespace MallBots.Sidecar.Hosting;

/// <summary>One call of the HTTP API: whose sidecar it came to, the values of its route, and how it is answered.</summary>
internal sealed class ApiCall(HttpContext http, AppSidecar app, IReadOnlyDictionary<string, string> values)
{
    /// <summary>Default limit of a body, 4 MiB (fact S10).</summary>
    public const int LargestBody = 4 * 1024 * 1024;

    // As the real one writes it: `&`, `'` and non-ASCII letters are not escaped.
    public static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Request and response.</summary>
    public HttpContext Http { get; } = http;

    /// <summary>The app that the call came from.</summary>
    public AppSidecar App { get; } = app;

    /// <summary>Ends when the caller is gone.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>A value of the route, decoded.</summary>
    public string this[string name] => values[name];

    /// <summary>Query parameters `metadata.name=value`, as the Dapr API passes metadata.</summary>
    public Dictionary<string, string> QueryMetadata()
    {
        const string prefix = "metadata.";
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in Http.Request.Query)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)) metadata[name[prefix.Length..]] = value.ToString();
        }

        return metadata;
    }

    /// <summary>The whole body; null when it is larger than <see cref="LargestBody"/>.</summary>
    public async Task<byte[]?> ReadBodyAsync()
    {
        if (Http.Request.ContentLength > LargestBody) return null;

        var body = new MemoryStream((int)(Http.Request.ContentLength ?? 0));
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await Http.Request.Body.ReadAsync(buffer, Aborted)) > 0)
        {
            if (body.Length + count > LargestBody) return null;
            body.Write(buffer, 0, count);
        }

        return body.TryGetBuffer(out var whole) && whole.Count == whole.Array!.Length ? whole.Array : body.ToArray();
    }

    /// <summary>Answers without a body.</summary>
    public Task NoContent()
    {
        Http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>Answers with bytes, JSON as a rule.</summary>
    public Task Bytes(int status, ReadOnlyMemory<byte> body, string contentType = "application/json")
    {
        Http.Response.StatusCode = status;
        Http.Response.ContentType = contentType;
        Http.Response.ContentLength = body.Length;
        return Http.Response.Body.WriteAsync(body, Aborted).AsTask();
    }

    /// <summary>Answers with a JSON document.</summary>
    public Task Json(int status, JsonNode document) => Bytes(status, JsonSerializer.SerializeToUtf8Bytes(document, Plain));

    /// <summary>Answers with Dapr's error document.</summary>
    public Task Error(ApiException error)
    {
        var document = new JsonObject { ["errorCode"] = error.ErrorCode, ["message"] = error.Message };
        if (error.Details is not null) document["details"] = error.Details.DeepClone();
        return Json(error.HttpStatus, document);
    }

    /// <summary>The error of a body that cannot be read.</summary>
    public static ApiException Malformed(string message) =>
        new(StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, "ERR_MALFORMED_REQUEST", message);
}

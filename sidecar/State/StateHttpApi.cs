using System.Buffers;
using System.Text.Json;
using Grpc.Core;
using MallBots.Sidecar.Hosting;

namespace MallBots.Sidecar.State;

/// <summary>State over HTTP.</summary>
internal sealed class StateHttpApi(StateService states)
{
    static readonly byte[] NewLine = [(byte)'\n'];

    public void Map(HttpRoutes http)
    {
        http.Map("GET", "/v1.0/state/{store}/{key}", GetAsync);
        http.Map("DELETE", "/v1.0/state/{store}/{key}", DeleteAsync);
        foreach (var method in (string[])["POST", "PUT"])
        {
            http.Map(method, "/v1.0/state/{store}", SaveAsync);
            http.Map(method, "/v1.0/state/{store}/bulk", GetBulkAsync);
            http.Map(method, "/v1.0/state/{store}/transaction", TransactAsync);
            http.Map(method, "/v1.0-alpha1/state/{store}/query", QueryAsync);
        }
    }

    async Task GetAsync(ApiCall call)
    {
        var entry = await states.GetAsync(call.App, call["store"], call["key"], call.Aborted);
        if (entry is null)
        {
            await call.NoContent();
            return;
        }

        call.Http.Response.Headers.ETag = entry.ETag;
        if (entry.ExpiresAt is { } expiresAt) call.Http.Response.Headers["metadata.ttlExpireTime"] = StateTimes.Text(expiresAt);
        await call.Bytes(StatusCodes.Status200OK, entry.Value);
    }

    async Task DeleteAsync(ApiCall call)
    {
        var engine = states.Find(call.App, call["store"]);
        var etag = call.Http.Request.Headers.IfMatch.ToString();
        var concurrency = call.Http.Request.Query["concurrency"];
        var key = StateService.WholeKey(call.App, call["store"], call["key"]);
        var delete = new StateWrite(key, null, etag.Length == 0 ? null : etag, concurrency == "first-write", null, concurrency == "last-write");
        await StateService.DeleteAsync(engine, call["key"], delete, call.Aborted);
        await call.NoContent();
    }

    async Task SaveAsync(ApiCall call)
    {
        var engine = states.Find(call.App, call["store"]);
        var metadata = call.QueryMetadata();
        var writes = await ReadJsonAsync(call, body => body.ValueKind == JsonValueKind.Array
            ? body.EnumerateArray().Select(entry => ReadUpsert(call, entry, metadata)).ToArray()
            : throw ApiCall.Malformed("the body must be a JSON array of entries to save"));
        await StateService.SaveAsync(engine, call["store"], writes, call.Aborted);
        await call.NoContent();
    }

    async Task GetBulkAsync(ApiCall call)
    {
        states.Find(call.App, call["store"]);
        var asked = await ReadJsonAsync(call, body =>
            body.ValueKind == JsonValueKind.Object && body.TryGetProperty("keys", out var keys) && keys.ValueKind == JsonValueKind.Array
                ? keys.EnumerateArray().Select(key => TextOf(key, "keys")).ToArray()
                : throw ApiCall.Malformed("the body must be a JSON object with an array 'keys'"));
        var found = await states.GetBulkAsync(call.App, call["store"], asked, call.Aborted);
        var answer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(answer))
        {
            json.WriteStartArray();
            foreach (var (key, entry, error) in found) WriteFound(json, StateService.CallersKey(call.App, key), entry, error);
            json.WriteEndArray();
        }

        answer.Write(NewLine);
        await call.Bytes(StatusCodes.Status200OK, answer.WrittenMemory);
    }

    async Task TransactAsync(ApiCall call)
    {
        var engine = states.Find(call.App, call["store"]);
        var writes = await ReadJsonAsync(call, body =>
        {
            if (body.ValueKind != JsonValueKind.Object) throw ApiCall.Malformed("the body must be a JSON object with an array 'operations'");
            return body.TryGetProperty("operations", out var operations) && operations.ValueKind == JsonValueKind.Array
                ? operations.EnumerateArray().Select(operation => ReadOperation(call, operation)).ToArray()
                : [];
        });
        await StateService.TransactAsync(engine, writes, call.Aborted);
        await call.NoContent();
    }

    // The query API is alpha and not used (fact S6); none of these engines has it.
    Task QueryAsync(ApiCall call)
    {
        states.Find(call.App, call["store"]);
        throw new ApiException(
            StatusCodes.Status500InternalServerError, StatusCode.Internal, "ERR_STATE_STORE_NOT_SUPPORTED", "state store does not support querying")
        {
            Details = [ErrorDetails.Resource("state", call["store"]), ErrorDetails.Info("DAPR_STATE_QUERYING_NOT_SUPPORTED")],
        };
    }

    static StateWrite ReadOperation(ApiCall call, JsonElement operation)
    {
        if (operation.ValueKind != JsonValueKind.Object) throw ApiCall.Malformed("an operation must be a JSON object");
        var kind = operation.TryGetProperty("operation", out var name) ? TextOf(name, "operation") : "";
        if (!operation.TryGetProperty("request", out var request)) throw ApiCall.Malformed("\"request\" is a required field");

        return kind switch
        {
            "upsert" => ReadUpsert(call, request, null),
            "delete" => ReadUpsert(call, request, null) with { Value = null },
            _ => throw StateService.UnknownOperation(kind),
        };
    }

    static StateWrite ReadUpsert(ApiCall call, JsonElement entry, Dictionary<string, string>? defaults)
    {
        if (entry.ValueKind != JsonValueKind.Object) throw ApiCall.Malformed("an entry must be a JSON object");
        var key = entry.TryGetProperty("key", out var name) ? TextOf(name, "key") : "";
        if (key.Length == 0) throw ApiCall.Malformed("\"key\" is a required field");

        var ttl = defaults?.GetValueOrDefault("ttlInSeconds");
        if (entry.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object &&
            metadata.TryGetProperty("ttlInSeconds", out var own)) ttl = own.ToString();

        var etag = entry.TryGetProperty("etag", out var tag) && tag.ValueKind == JsonValueKind.String ? tag.GetString() : null;
        var concurrency = entry.TryGetProperty("options", out var options) && options.ValueKind == JsonValueKind.Object &&
            options.TryGetProperty("concurrency", out var chosen) ? chosen.ToString() : "";
        return new StateWrite(
            StateService.WholeKey(call.App, call["store"], key),
            Compact(entry.TryGetProperty("value", out var value) ? value : default),
            string.IsNullOrEmpty(etag) ? null : etag,
            concurrency == "first-write",
            StateService.TimeToLive(ttl, call["store"]),
            concurrency == "last-write");
    }

    // The value is saved without the caller's white space, as JSON saved over HTTP is parsed and written again (fact S9).
    static byte[] Compact(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? "null"u8.ToArray() : JsonSerializer.SerializeToUtf8Bytes(value);

    static void WriteFound(Utf8JsonWriter json, string key, StateEntry? entry, string? error)
    {
        json.WriteStartObject();
        json.WriteString("key", key);
        if (error is not null) json.WriteString("error", error);
        if (entry is not null)
        {
            // daprd answers 200 with an empty body when one value is no JSON (fact S9); here that entry alone says so.
            if (!IsJson(entry.Value.Span)) json.WriteString("error", "the value is not JSON");
            else
            {
                json.WritePropertyName("data");
                json.WriteRawValue(entry.Value.Span, skipInputValidation: true);
            }

            json.WriteString("etag", entry.ETag);
            if (entry.ExpiresAt is { } expiresAt)
            {
                json.WriteStartObject("metadata");
                json.WriteString("ttlExpireTime", StateTimes.Text(expiresAt));
                json.WriteEndObject();
            }
        }

        json.WriteEndObject();
    }

    static bool IsJson(ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(value);
        try
        {
            var any = false;
            while (reader.Read()) any = true;
            return any;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static string TextOf(JsonElement element, string field) => element.ValueKind == JsonValueKind.String
        ? element.GetString()!
        : throw ApiCall.Malformed($"field '{field}' must be a text");

    static async Task<T> ReadJsonAsync<T>(ApiCall call, Func<JsonElement, T> read)
    {
        var body = await call.ReadBodyAsync() ?? throw ApiCall.Malformed("request body too large");
        try
        {
            using var document = JsonDocument.Parse(body);
            return read(document.RootElement);
        }
        catch (Exception mistake) when (mistake is JsonException or InvalidOperationException)
        {
            // The latter: a text with half a surrogate pair is only found when it is read.
            throw ApiCall.Malformed(mistake.Message);
        }
    }
}

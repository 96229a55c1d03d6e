using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>Sends the request of a recorded case over HTTP and compares the answer with the recorded one.</summary>
public static class HttpReplay
{
    // `traceparent` is zero on every recorded answer, `server` and `date` are the app's; a length follows from the body.
    static readonly string[] ComparedHeaders = ["content-type", "etag", "x-app", "metadata.ttlexpiretime"];

    public static async Task AssertAsRecordedAsync(HttpClient client, JsonObject entry)
    {
        var recorded = entry["request"]!;
        using var request = new HttpRequestMessage(HttpMethod.Parse(recorded["method"]!.GetValue<string>()), recorded["path"]!.GetValue<string>());
        if (recorded["body"]?.GetValue<string>() is { } body) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        foreach (var (name, value) in recorded["headers"]!.AsObject())
        {
            if (!request.Headers.TryAddWithoutValidation(name, value!.GetValue<string>()))
                request.Content!.Headers.TryAddWithoutValidation(name, value.GetValue<string>());
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var expected = entry["response"]!;
        Assert.Equal(expected["status"]!.GetValue<int>(), (int)response.StatusCode);
        Assert.Equal(Headers(expected["headers"]!.AsObject()), Headers(response));
        Assert.Equal(Comparable(expected["body"]!.GetValue<string>()), Comparable(text));
    }

    static string Headers(JsonObject headers) => string.Join("; ", headers
        .Select(header => (Name: header.Key.ToLowerInvariant(), Value: header.Value!.GetValue<string>()))
        .Where(header => ComparedHeaders.Contains(header.Name))
        .OrderBy(header => header.Name, StringComparer.Ordinal)
        .Select(header => Line(header.Name, header.Value)));

    static string Headers(HttpResponseMessage response) => string.Join("; ", response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
        .Select(header => (Name: header.Key.ToLowerInvariant(), Value: header.Value.ToString()))
        .Where(header => ComparedHeaders.Contains(header.Name))
        .OrderBy(header => header.Name, StringComparer.Ordinal)
        .Select(header => Line(header.Name, header.Value)));

    static string Line(string name, string value) => name == "metadata.ttlexpiretime" ? name : $"{name}: {Recording.WithoutIds(value)}";

    // The wording after an error's code is free; code and details are not.
    static string Comparable(string body)
    {
        try
        {
            if (JsonNode.Parse(body) is JsonObject document && document.ContainsKey("errorCode"))
            {
                document["message"] = "*";
                foreach (var detail in document["details"] as JsonArray ?? [])
                {
                    if (detail!["metadata"] is JsonObject values && values.ContainsKey("error")) values["error"] = "*";
                }

                return document.ToJsonString();
            }
        }
        catch (JsonException)
        {
            // No JSON: compared as it is.
        }

        return Recording.WithoutIds(body);
    }
}

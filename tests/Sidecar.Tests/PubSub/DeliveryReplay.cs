using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>Compares what an app got with what it got of daprd: path, headers and body; times are matched by pattern.</summary>
static partial class DeliveryReplay
{
    // These belong to the HTTP client and to the port, not to the delivery.
    static readonly string[] HeadersOfTheClient = ["accept-encoding", "content-length", "host", "user-agent"];

    public static void AssertAsRecorded(JsonNode expected, IEnumerable<ReceivedRequest> received)
    {
        // No broker here promises an order (fact P9).
        var lines = received.Select(request => Line(request.Method, request.Path, request.Headers, request.Body)).Order();
        var expectedLines = expected.AsArray()
            .Select(request => Line(
                request!["method"]!.GetValue<string>(),
                request["path"]!.GetValue<string>(),
                request["headers"]!.AsObject().ToDictionary(header => header.Key, header => header.Value!.GetValue<string>()),
                request["body"]!.GetValue<string>()))
            .Order();
        Assert.Equal(string.Join(Environment.NewLine, expectedLines), string.Join(Environment.NewLine, lines));
    }

    static string Line(string method, string path, IReadOnlyDictionary<string, string> headers, string body)
    {
        var compared = headers.Where(header => !HeadersOfTheClient.Contains(header.Key)).OrderBy(header => header.Key, StringComparer.Ordinal);
        var text = body.Length == 0 ? "" : Times().Replace(Recording.WithoutIds(JsonNode.Parse(body)!.ToJsonString()), "\"time\"");
        return $"{method} {path} [{string.Join("; ", compared.Select(header => header.Key + ": " + header.Value))}] {text}";
    }

    [GeneratedRegex("\"20[0-9-]+T[0-9:]+Z\"")]
    private static partial Regex Times();
}

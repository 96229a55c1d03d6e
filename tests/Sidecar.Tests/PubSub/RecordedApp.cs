using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>The app of the recordings: its subscriptions, and how it answers the cases whose event names one.</summary>
static class RecordedApp
{
    const string Subscriptions =
        """
        [
          {"pubsubname": "pubsub", "topic": "a", "route": "/a"},
          {"pubsubname": "pubsub", "topic": "raw", "route": "/raw", "metadata": {"rawPayload": "true"}},
          {"pubsubname": "pubsub", "topic": "dlsource", "route": "/dlsource", "deadLetterTopic": "dltopic"},
          {"pubsubname": "pubsub", "topic": "dltopic", "routes": {"default": "/dltopic"}},
          {"pubsubname": "pubsub", "topic": "end-of-case", "route": "/end-of-case"}
        ]
        """;

    public static async Task<SubscribingApp> StartAsync()
    {
        var app = Create();
        await app.ListenAsync(0);
        return app;
    }

    public static SubscribingApp Create()
    {
        var attempts = new ConcurrentDictionary<string, int>();
        return new SubscribingApp(Subscriptions) { Answer = request => Task.FromResult(AnswerTo(request, attempts)) };
    }

    static (int Status, string Body) AnswerTo(ReceivedRequest request, ConcurrentDictionary<string, int> attempts)
    {
        var data = JsonNode.Parse(request.Body)!["data"];
        var name = data is JsonObject fields ? fields["case"]?.GetValue<string>() : null;
        if (name is null || request.Path == "/dltopic") return (200, "");
        var attempt = attempts.AddOrUpdate(name, 1, (_, before) => before + 1);
        return name switch
        {
            "drop" or "dldrop" => (200, """{"status":"DROP"}"""),
            "404" => (404, ""),
            "retry" when attempt <= 2 => (200, """{"status":"RETRY"}"""),
            "500" when attempt <= 2 => (500, "no"),
            "nj" => (200, "fine"),
            "us" when attempt <= 1 => (200, """{"status":"WHAT"}"""),
            "dl" => (500, ""),
            _ => (200, ""),
        };
    }
}

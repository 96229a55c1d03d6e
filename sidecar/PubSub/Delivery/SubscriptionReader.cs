using System.Text.Json;

namespace MallBots.Sidecar.PubSub.Delivery;

/// <summary>
/// Reads an app's answer to GET /dapr/subscribe. What this sidecar does not do (routing rules, bulk subscribe; docs/architecture.md, section 4)
/// is refused with one line each, and that topic is not subscribed: half a subscription would lose events silently.
/// </summary>
internal static class SubscriptionReader
{
    // Names ignore case, as in Go: Dapr.AspNetCore writes "pubsubName".
    static readonly JsonSerializerOptions IgnoringCase = new() { PropertyNameCaseInsensitive = true };

    public static (IReadOnlyList<Subscription> Subscriptions, IReadOnlyList<string> Refusals) Read(ReadOnlySpan<byte> answer)
    {
        var subscriptions = new Dictionary<(string PubSub, string Topic), Subscription>();
        var refusals = new List<string>();
        foreach (var entry in JsonSerializer.Deserialize<Entry[]>(answer, IgnoringCase) ?? [])
        {
            if (Refusal(entry) is { } refusal) refusals.Add($"subscription to topic '{entry.Topic}' of '{entry.PubsubName}' is refused: {refusal}");
            else subscriptions[(entry.PubsubName!, entry.Topic!)] = Accept(entry); // a second one replaces the first (fact P7)
        }

        return ([.. subscriptions.Values], refusals);
    }

    static string? Refusal(Entry entry)
    {
        if (string.IsNullOrEmpty(entry.PubsubName)) return "it names no pubsub";
        if (string.IsNullOrEmpty(entry.Topic)) return "it names no topic";
        if (entry.Routes?.Rules is { Length: > 0 }) return "routing rules are not supported by the embedded sidecar; use one route and look at the event's type";
        if (entry.BulkSubscribe is { Enabled: true }) return "bulk subscribe is not supported by the embedded sidecar";
        if (string.IsNullOrEmpty(Route(entry))) return "it has no route";
        return null;
    }

    static Subscription Accept(Entry entry)
    {
        var route = Route(entry)!;
        return new Subscription(
            entry.PubsubName!,
            entry.Topic!,
            route.StartsWith('/') ? route : "/" + route,
            string.IsNullOrEmpty(entry.DeadLetterTopic) ? null : entry.DeadLetterTopic,
            new Dictionary<string, string>(entry.Metadata ?? [], StringComparer.OrdinalIgnoreCase));
    }

    static string? Route(Entry entry) => string.IsNullOrEmpty(entry.Routes?.Default) ? entry.Route : entry.Routes.Default;

    sealed record Entry(
        string? PubsubName, string? Topic, string? Route, Routes? Routes, string? DeadLetterTopic, BulkSubscribe? BulkSubscribe, Dictionary<string, string>? Metadata);

    sealed record Routes(Rule[]? Rules, string? Default);

    sealed record Rule(string? Match, string? Path);

    sealed record BulkSubscribe(bool Enabled);
}

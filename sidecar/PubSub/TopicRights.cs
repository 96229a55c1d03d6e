using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.PubSub;

/// <summary>
/// Which topics of a pub/sub component an app may publish and hear, as daprd reads it from the metadata `allowedTopics`, `protectedTopics`,
/// `publishingScopes` and `subscriptionScopes` (fact P14): no wildcards, topics and app ids to the letter.
/// </summary>
internal sealed class TopicRights
{
    /// <summary>The settings, on every engine.</summary>
    public static readonly string[] Settings = ["allowedTopics", "protectedTopics", "publishingScopes", "subscriptionScopes"];

    readonly HashSet<string> allowed;
    readonly HashSet<string> isProtected;
    readonly Dictionary<string, HashSet<string>> publishing;
    readonly Dictionary<string, HashSet<string>> subscription;

    TopicRights(Component component)
    {
        allowed = Topics(component.Setting("allowedTopics"));
        isProtected = Topics(component.Setting("protectedTopics"));
        publishing = TopicsOfApps(component.Setting("publishingScopes"));
        subscription = TopicsOfApps(component.Setting("subscriptionScopes"));
    }

    /// <summary>The rights that a component gives.</summary>
    public static TopicRights Of(Component component) => new(component);

    /// <summary>Whether the app may publish to the topic.</summary>
    public bool MayPublish(string appId, string topic) => May(publishing, appId, topic);

    /// <summary>Whether the app may subscribe to the topic.</summary>
    public bool MaySubscribe(string appId, string topic) => May(subscription, appId, topic);

    bool May(Dictionary<string, HashSet<string>> scopes, string appId, string topic)
    {
        if (allowed.Count > 0 && !allowed.Contains(topic)) return false;
        var ofApp = scopes.GetValueOrDefault(appId);
        return ofApp is null ? !isProtected.Contains(topic) : ofApp.Contains(topic);
    }

    static Dictionary<string, HashSet<string>> TopicsOfApps(string? setting)
    {
        var apps = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var entry in WithoutSpaces(setting).Split(';'))
        {
            // An app without an equals sign does not count as named.
            if (entry.Split('=') is not [var app, var topics, ..]) continue;
            if (!apps.TryGetValue(app, out var ofApp)) apps[app] = ofApp = new HashSet<string>(StringComparer.Ordinal);
            ofApp.UnionWith(topics.Split(','));
        }

        return apps;
    }

    // Of an empty entry becomes the topic "", which nobody can use: an app with "search=" has no topics, and a list of one space or comma allows none.
    static HashSet<string> Topics(string? setting) =>
        string.IsNullOrEmpty(setting) ? [] : new HashSet<string>(WithoutSpaces(setting).Split(','), StringComparer.Ordinal);

    static string WithoutSpaces(string? setting) => setting?.Replace(" ", "", StringComparison.Ordinal) ?? "";
}

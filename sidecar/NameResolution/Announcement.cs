namespace MallBots.Sidecar.NameResolution;

/// <summary>How an app's sidecar stands in Redis: a sorted set for each app-id, of addresses, each with the time it ends (Unix, in milliseconds) as its score.</summary>
internal static class Announcement
{
    /// <summary>How long one holds; a sidecar that died is forgotten after it.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(6);

    /// <summary>How often it is renewed.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2);

    /// <summary>The key of an app.</summary>
    public static string KeyOf(string appId) => $"mallbots||sidecar||{appId}";
}

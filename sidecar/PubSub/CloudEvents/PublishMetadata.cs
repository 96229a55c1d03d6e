using System.Globalization;

namespace MallBots.Sidecar.PubSub.CloudEvents;

/// <summary>The metadata keys that the sidecar itself understands; all others only travel along.</summary>
internal static class PublishMetadata
{
    public const string RawPayload = "rawPayload";

    public static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    /// <summary>True for the spellings of "true" that daprd knows.</summary>
    public static bool IsRaw(IReadOnlyDictionary<string, string>? metadata) =>
        metadata is not null && metadata.TryGetValue(RawPayload, out var value) && IsTrue(value);

    /// <summary>How long the event may wait; 0 expires at once (fact P11), what is no number counts as absent.</summary>
    public static TimeSpan? TimeToLive(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue("ttlInSeconds", out var text)) return null;
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) || seconds < 0) return null;
        return TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue));
    }

    public static string Override(IReadOnlyDictionary<string, string> metadata, string field) =>
        metadata.TryGetValue("cloudevent." + field, out var value) ? value : "";

    static bool IsTrue(string value) => value is "1" or "t" or "T" or "y" or "Y" || value.Equals("true", StringComparison.OrdinalIgnoreCase)
        || value.Equals("yes", StringComparison.OrdinalIgnoreCase) || value.Equals("on", StringComparison.OrdinalIgnoreCase);
}

namespace MallBots.Sidecar.PubSub.CloudEvents;

/// <summary>The kinds of content that an envelope is made for in different ways. Parameters such as charset make no difference.</summary>
internal static class ContentTypes
{
    public const string CloudEvent = "application/cloudevents+json";
    public const string Json = "application/json";
    public const string Text = "text/plain";
    public const string Binary = "application/octet-stream";

    public static bool IsCloudEvent(string? contentType) => Is(contentType, CloudEvent);

    public static bool IsJson(string? contentType) => Is(contentType, Json);

    public static bool IsBinary(string? contentType) => Is(contentType, Binary);

    static bool Is(string? contentType, string expected)
    {
        if (contentType is null) return false;
        var media = contentType.AsSpan();
        var parameters = media.IndexOf(';');
        if (parameters >= 0) media = media[..parameters].TrimEnd();
        return media.Equals(expected, StringComparison.OrdinalIgnoreCase);
    }
}

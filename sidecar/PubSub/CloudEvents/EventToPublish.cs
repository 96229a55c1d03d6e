namespace MallBots.Sidecar.PubSub.CloudEvents;

/// <summary>What an app asked to be published, before it has its envelope.</summary>
/// <param name="PubSubName">The component.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Data">The body as the app sent it.</param>
/// <param name="ContentType">The body's type; null or empty is text.</param>
/// <param name="Metadata">The publish metadata, without the "metadata." prefix; keys ignore case.</param>
/// <param name="TraceParent">The caller's W3C trace parent, empty when there is none.</param>
/// <param name="TraceState">The caller's W3C trace state, empty when there is none.</param>
internal sealed record EventToPublish(
    string PubSubName,
    string Topic,
    ReadOnlyMemory<byte> Data,
    string? ContentType,
    IReadOnlyDictionary<string, string> Metadata,
    string TraceParent = "",
    string TraceState = "")
{
    /// <summary>Metadata <c>rawPayload</c>: the body goes to the broker as it is.</summary>
    public bool IsRaw => PublishMetadata.IsRaw(Metadata);
}

namespace MallBots.Sidecar.Hosting;

/// <summary>What the gRPC API asks of pub/sub. Refusals are <see cref="ApiException"/>s.</summary>
internal interface IPublisher
{
    /// <summary>Publishes one event.</summary>
    Task PublishAsync(
        AppSidecar app,
        string pubSub,
        string topic,
        ReadOnlyMemory<byte> data,
        string? contentType,
        IReadOnlyDictionary<string, string> metadata,
        CallTrace trace,
        CancellationToken cancel);

    /// <summary>Publishes many events of one topic; answers the entries that failed (fact P8).</summary>
    Task<IReadOnlyList<BulkFailure>> BulkPublishAsync(
        AppSidecar app,
        string pubSub,
        string topic,
        IReadOnlyList<BulkEntry> entries,
        IReadOnlyDictionary<string, string> metadata,
        CallTrace trace,
        CancellationToken cancel);
}

/// <summary>One event of a bulk publish.</summary>
internal sealed record BulkEntry(string EntryId, ReadOnlyMemory<byte> Event, string ContentType, IReadOnlyDictionary<string, string> Metadata);

/// <summary>An event of a bulk publish that was not published.</summary>
internal sealed record BulkFailure(string EntryId, string Error);

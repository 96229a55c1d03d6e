namespace MallBots.Sidecar.State;

/// <summary>When in-memory and SQLite refuse a write (facts S2, S3, S8): also a last-write save with a stale ETag, also an ETag for a missing key.</summary>
internal static class ConcurrencyRule
{
    /// <summary>Null when the write may be done on an entry with this ETag (null: there is none).</summary>
    public static StateFailure? Check(StateWrite write, string? currentETag)
    {
        if (write.ETag is not null)
        {
            return write.ETag == currentETag
                ? null
                : new StateFailure(
                    StateFailureKind.ETagMismatch, $"state etag not match for key={write.Key}: current={currentETag ?? "nil"}, expect={write.ETag}");
        }

        return write is { FirstWrite: true, Value: not null } && currentETag is not null
            ? new StateFailure(StateFailureKind.ETagMismatch, "item already exists and no etag was passed")
            : null;
    }
}

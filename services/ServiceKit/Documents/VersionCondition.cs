using System.Collections.Immutable;

namespace MallBots.ServiceKit.Documents;

/// <summary>Which version of a resource a caller wants to change: If-Match (RFC 9110, 13.1.1).</summary>
/// <param name="Any">Any version of a resource that is there (<c>*</c>).</param>
/// <param name="Tags">ETags of the versions that will do, with their quotes.</param>
/// <param name="Sent">As it was sent, for messages.</param>
public sealed record VersionCondition(bool Any, ImmutableArray<string> Tags, string Sent)
{
    /// <summary>The ETag of a version.</summary>
    public static string ETag(long version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>True when this version will do.</summary>
    /// <param name="version">The present version; 0 when there is nothing.</param>
    /// <param name="removed">True for a tombstone.</param>
    public bool Holds(long version, bool removed) => Any ? version > 0 && !removed : Tags.Contains(ETag(version));
}

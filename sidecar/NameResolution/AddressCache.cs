using System.Collections.Concurrent;

namespace MallBots.Sidecar.NameResolution;

/// <summary>
/// What was last read of other apps' addresses, and which of them did not answer. Picks among several instances in turn, and takes one that did not
/// answer only when there is no other: it may be on its way back.
/// </summary>
internal sealed class AddressCache(TimeProvider clock)
{
    static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<string, Known> apps = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, DateTimeOffset> silent = new(StringComparer.Ordinal);
    uint turn;

    /// <summary>The addresses of the app when they were read a moment ago; null: read them.</summary>
    public IReadOnlyList<string>? Fresh(string appId) =>
        apps.TryGetValue(appId, out var known) && clock.GetUtcNow() < known.Until ? known.Addresses : null;

    /// <summary>The addresses as they were last read, however long ago: for when they cannot be read.</summary>
    public IReadOnlyList<string> Last(string appId) => apps.TryGetValue(appId, out var known) ? known.Addresses : [];

    /// <summary>Keeps what was read. An app without addresses is not kept: ids come from callers, and would fill the memory.</summary>
    public void Keep(string appId, IReadOnlyList<string> addresses)
    {
        if (addresses.Count == 0) apps.TryRemove(appId, out _);
        else apps[appId] = new Known(addresses, clock.GetUtcNow() + FreshFor);
    }

    /// <summary>The address did not answer: the others first, and the app is looked up again.</summary>
    public void DidNotAnswer(string appId, string address)
    {
        var now = clock.GetUtcNow();
        foreach (var (other, until) in silent)
        {
            if (until < now) silent.TryRemove(other, out _);
        }

        silent[address] = now + Announcement.Lifetime;
        if (apps.TryGetValue(appId, out var known)) apps[appId] = known with { Until = now };
    }

    /// <summary>One of the addresses; null when there is none.</summary>
    public string? Pick(IReadOnlyList<string> addresses)
    {
        if (addresses.Count == 0) return null;

        var now = clock.GetUtcNow();
        var answering = addresses.Where(address => !silent.TryGetValue(address, out var until) || until < now).ToList();
        var candidates = answering.Count > 0 ? answering : addresses;
        return candidates[(int)(Interlocked.Increment(ref turn) % (uint)candidates.Count)];
    }

    sealed record Known(IReadOnlyList<string> Addresses, DateTimeOffset Until);
}

namespace MallBots.OrderWorkflow.Runs;

/// <summary>
/// What this process has itself seen of the runs, by its own monotonic clock: no times of two machines are ever compared, and a process that starts begins to
/// wait anew. One thread at a time.
/// </summary>
/// <param name="longestGap">After a longer time without a look all begins anew: this process stood still itself, and the workflows' worker in it.</param>
/// <param name="clock">The time.</param>
sealed class Sightings(TimeSpan longestGap, TimeProvider clock)
{
    readonly Dictionary<string, (string Shown, long Since)> seen = new(StringComparer.Ordinal);
    long lastLook = clock.GetTimestamp();

    /// <summary>For how long the run has shown what it shows now; zero when it showed something else before, or was not seen before.</summary>
    public TimeSpan StandsFor(string instanceId, string shows)
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(lastLook, now) > longestGap) seen.Clear();
        lastLook = now;
        if (seen.TryGetValue(instanceId, out var before) && before.Shown == shows) return clock.GetElapsedTime(before.Since, now);
        seen[instanceId] = (shows, now);
        return TimeSpan.Zero;
    }

    /// <summary>The next look at this run is the first.</summary>
    public void Forget(string instanceId) => seen.Remove(instanceId);

    /// <summary>The next look at every run is the first.</summary>
    public void ForgetAll() => seen.Clear();

    /// <summary>Runs that are not among these are over.</summary>
    public void KeepOnly(IReadOnlySet<string> instanceIds)
    {
        foreach (var gone in seen.Keys.Where(instanceId => !instanceIds.Contains(instanceId)).ToList()) seen.Remove(gone);
    }
}

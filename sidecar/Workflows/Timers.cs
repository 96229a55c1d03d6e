namespace MallBots.Sidecar.Workflows;

/// <summary>
/// Many things to do at their times with one timer: the queue is in order of time, and the timer is set to the first. Something that is no
/// longer wanted is not taken out; whoever is called looks whether it still is.
/// </summary>
internal sealed class Timers : IDisposable
{
    // A timer cannot be set further ahead than 49 days; it simply looks again after this time.
    static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    readonly TimeProvider clock;
    readonly ITimer timer;
    readonly Lock gate = new();
    readonly PriorityQueue<Action, DateTimeOffset> queue = new();
    DateTimeOffset setTo = DateTimeOffset.MaxValue;
    bool disposed;

    public Timers(TimeProvider clock)
    {
        this.clock = clock;
        timer = clock.CreateTimer(_ => RunDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Calls back at the time, or at once when it is past; on a thread of its own in either case.</summary>
    public void At(DateTimeOffset due, Action callback)
    {
        lock (gate)
        {
            queue.Enqueue(callback, due);
            if (due < setTo) SetTo(due);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            queue.Clear();
        }

        timer.Dispose();
    }

    void RunDue()
    {
        while (TakeDue() is { } callback) callback();
    }

    Action? TakeDue()
    {
        lock (gate)
        {
            if (!queue.TryPeek(out var callback, out var due))
            {
                setTo = DateTimeOffset.MaxValue;
                return null;
            }

            if (due <= clock.GetUtcNow())
            {
                queue.Dequeue();
                return callback;
            }

            // Also when the timer came a little early, as timers of whole milliseconds do.
            SetTo(due);
            return null;
        }
    }

    void SetTo(DateTimeOffset due)
    {
        if (disposed) return;
        setTo = due;
        var wait = due - clock.GetUtcNow();
        if (wait > Longest) wait = Longest;
        // Rounded up: a timer that comes early would only be set again.
        timer.Change(wait <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}

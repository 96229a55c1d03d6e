namespace MallBots.Sidecar.Workflows;

/// <summary>Many things to do at their times with one timer: the queue is in order of time, and the timer is set to the first.</summary>
internal sealed class Timers : IDisposable
{
    // A timer cannot be set further ahead than 49 days; it simply looks again after this time.
    static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    // Cancelled entries stay in the queue; when they are more than the others, and enough to be worth it, the queue is made anew.
    const int CancelledToTolerate = 1000;

    readonly TimeProvider clock;
    readonly ITimer timer;
    readonly Lock gate = new();
    PriorityQueue<Entry, DateTimeOffset> queue = new();
    DateTimeOffset setTo = DateTimeOffset.MaxValue;
    int cancelled;
    bool disposed;

    public Timers(TimeProvider clock)
    {
        this.clock = clock;
        timer = clock.CreateTimer(_ => RunDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Number of entries in the queue, cancelled ones too.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return queue.Count;
            }
        }
    }

    /// <summary>Calls back at the time, or at once when it is past; on a thread of its own in either case.</summary>
    public Entry At(DateTimeOffset due, Action callback)
    {
        var entry = new Entry(callback);
        lock (gate)
        {
            queue.Enqueue(entry, due);
            if (due < setTo) SetTo(due);
        }

        return entry;
    }

    /// <summary>The callback is not wanted any more; it may be under way already.</summary>
    public void Cancel(Entry entry)
    {
        lock (gate)
        {
            if (entry.Callback is null) return;
            entry.Callback = null;
            if (++cancelled > CancelledToTolerate && cancelled > queue.Count / 2) DropCancelled();
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
            while (queue.TryPeek(out var entry, out var due))
            {
                if (due > clock.GetUtcNow())
                {
                    // Also when the timer came a little early, as timers of whole milliseconds do.
                    SetTo(due);
                    return null;
                }

                queue.Dequeue();
                if (entry.Callback is { } callback)
                {
                    entry.Callback = null;
                    return callback;
                }

                cancelled--;
            }

            setTo = DateTimeOffset.MaxValue;
            return null;
        }
    }

    void DropCancelled()
    {
        queue = new PriorityQueue<Entry, DateTimeOffset>(queue.UnorderedItems.Where(item => item.Element.Callback is not null));
        cancelled = 0;
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

    /// <summary>Something to do at a time; without a callback it is done or cancelled.</summary>
    internal sealed class Entry(Action callback)
    {
        public Action? Callback { get; set; } = callback;
    }
}

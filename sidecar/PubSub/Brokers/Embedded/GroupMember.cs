namespace MallBots.Sidecar.PubSub.Brokers.Embedded;

/// <summary>One instance of the app. Its state changes under the group's gate.</summary>
internal sealed class GroupMember : IDisposable
{
    // What an app that leaves has begun may end well.
    static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    static readonly TimeSpan FirstProbe = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan LongestProbe = TimeSpan.FromSeconds(1);

    readonly CancellationTokenSource stopping = new();
    readonly TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly HashSet<string> topics;
    readonly ITimer probe;
    TimeSpan nextProbe = FirstProbe;
    bool hasLeft;
    int inFlight;

    public GroupMember(IConsumer consumer, TimeProvider clock, Action<GroupMember> onProbe)
    {
        Consumer = consumer;
        Stopping = stopping.Token;
        topics = new HashSet<string>(consumer.Topics, StringComparer.Ordinal);
        probe = clock.CreateTimer(_ => onProbe(this), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IConsumer Consumer { get; }

    public CancellationToken Stopping { get; }

    public Task Left => left.Task;

    public bool IsAway { get; private set; }

    public bool IsProbing { get; set; }

    public bool IsOpen => !IsAway && !hasLeft;

    public int InFlight
    {
        get => inFlight;
        set
        {
            inFlight = value;
            if (hasLeft && value == 0) left.TrySetResult();
        }
    }

    public bool Takes(string topic) => topics.Contains(topic);

    public void Unreachable()
    {
        // All that was in flight when the port closed is one finding.
        if (hasLeft || (IsAway && !IsProbing)) return;
        IsAway = true;
        IsProbing = false;
        probe.Change(nextProbe, Timeout.InfiniteTimeSpan);
        nextProbe = nextProbe * 2 < LongestProbe ? nextProbe * 2 : LongestProbe;
    }

    public void Reached()
    {
        IsAway = false;
        IsProbing = false;
        nextProbe = FirstProbe;
    }

    public void Leave()
    {
        hasLeft = true;
        IsAway = false;
        if (inFlight == 0) left.TrySetResult();
        else stopping.CancelAfter(Farewell);
    }

    public void Dispose()
    {
        probe.Dispose();
        stopping.Dispose();
    }
}

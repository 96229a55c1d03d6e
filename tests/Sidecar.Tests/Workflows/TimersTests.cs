using MallBots.Sidecar.Workflows;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>Timers of workflows: in order, not early, and without a trace when they are not wanted any more.</summary>
public sealed class TimersTests
{
    [Fact]
    public async Task Callbacks_come_in_the_order_of_their_times_and_not_before()
    {
        using var timers = new Timers(TimeProvider.System);
        var start = DateTimeOffset.UtcNow;
        var called = new List<(int Number, DateTimeOffset Due, DateTimeOffset At)>();
        foreach (var number in (int[])[3, 1, 2, 0])
        {
            var due = start.AddMilliseconds(60 * number);
            timers.At(due, () =>
            {
                lock (called) called.Add((number, due, DateTimeOffset.UtcNow));
            });
        }

        await Eventually.True(() => Task.FromResult(timers.Count == 0 && called.Count == 4));
        Assert.Equal([0, 1, 2, 3], called.Select(call => call.Number));
        Assert.All(called, call => Assert.True(call.At >= call.Due));
    }

    [Fact]
    public async Task A_cancelled_callback_does_not_come()
    {
        using var timers = new Timers(TimeProvider.System);
        var soon = DateTimeOffset.UtcNow.AddMilliseconds(50);
        var called = new List<string>();
        var cancelled = timers.At(soon, () => called.Add("cancelled"));
        timers.At(soon.AddMilliseconds(1), () => called.Add("wanted"));
        timers.Cancel(cancelled);
        await Eventually.True(() => Task.FromResult(called.Count > 0));
        Assert.Equal(["wanted"], called);
    }

    [Fact]
    public void Cancelled_entries_do_not_pile_up()
    {
        using var timers = new Timers(TimeProvider.System);
        var nextWeek = DateTimeOffset.UtcNow.AddDays(7);
        for (var number = 0; number < 100_000; number++) timers.Cancel(timers.At(nextWeek, () => { }));
        Assert.InRange(timers.Count, 0, 5_000);
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace MallBots.TestKit;

/// <summary>
/// How long a test waits for what should have happened by now: a time that is plenty on a machine with nothing else to do, which runs slower while
/// the machine is slower, as measured there and then. So a busy machine makes no test red, and what will never come is red after that time, after
/// <see cref="Longest"/> at the latest.
/// </summary>
/// <param name="enough">What is plenty on an idle machine.</param>
public sealed class Deadline(TimeSpan enough)
{
    /// <summary>What is plenty for most: some calls, some events, the start of a process.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    /// <summary>No busy machine makes a wait longer than this.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    readonly long begun = Stopwatch.GetTimestamp();
    TimeSpan waited, counted;

    /// <summary>Whether it has been waited long enough: ask often, each time counts by the speed that was measured last.</summary>
    public async ValueTask<bool> IsOver()
    {
        var now = Stopwatch.GetElapsedTime(begun);
        counted += (now - waited) / await MachineSpeed.Slowness(waitedFor: now);
        waited = now;
        return counted > enough || (waited > Longest && waited > enough);
    }

    /// <exception cref="TimeoutException">It is over; the message says for what was waited, and how long.</exception>
    public async ValueTask Demand(string? what)
    {
        if (await IsOver()) throw new TimeoutException($"It did not come true within {waited.TotalSeconds:0.0} s, which count as {counted.TotalSeconds:0.0} s of an idle machine: {what}");
    }

    /// <summary>Asks again after a moment, or as soon as the task has ended.</summary>
    internal static Task Pause(Task? unless = null) => unless is null ? Task.Delay(Step) : Task.WhenAny(unless, Task.Delay(Step));
}

/// <summary>Waits for tasks up to a deadline.</summary>
public static class Deadlines
{
    /// <summary>The task's end.</summary>
    /// <param name="task">What is waited for.</param>
    /// <param name="enough">What is plenty on an idle machine; <see cref="Deadline.Usual"/> when nothing is said.</param>
    /// <param name="what">Name of what is waited for.</param>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    public static async Task Within(this Task task, TimeSpan? enough = null, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        var deadline = new Deadline(enough ?? Deadline.Usual);
        while (!task.IsCompleted)
        {
            await deadline.Demand(what);
            await Deadline.Pause(unless: task);
        }

        await task;
    }

    /// <inheritdoc cref="Within(Task, TimeSpan?, string?)"/>
    public static async Task<T> Within<T>(this Task<T> task, TimeSpan? enough = null, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        await ((Task)task).Within(enough, what);
        return await task;
    }
}

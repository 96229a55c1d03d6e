using System.Diagnostics;

namespace MallBots.TestKit;

/// <summary>
/// How much slower this machine is just now than an idle one: a bit of work on the pool's threads is timed, once a second while somebody waits for
/// longer than that. Long enough to be interrupted by whoever else wants the processors, short enough to cost a hundredth of one.
/// </summary>
static class MachineSpeed
{
    /// <summary>How long the work takes where nothing else runs.</summary>
    static readonly TimeSpan WhenIdle = TimeSpan.FromMilliseconds(12);

    static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    static readonly int[] Unsorted = Numbers(140_000);

    // One measurement may fall into a gap, so the slowest of the last three counts.
    static readonly Queue<double> Latest = new([1]);
    static readonly SemaphoreSlim Measuring = new(1);
    static long measuredAt;

    /// <summary>1 on an idle machine, 10 on one where everything takes ten times as long.</summary>
    /// <param name="waitedFor">Who has waited for less than a second needs no measurement.</param>
    public static async ValueTask<double> Slowness(TimeSpan waitedFor)
    {
        if (waitedFor < Often) return 1;
        if (IsOld() && await Measuring.WaitAsync(0))
        {
            try
            {
                if (IsOld()) await Measure();
            }
            finally
            {
                Measuring.Release();
            }
        }

        lock (Latest) return Latest.Max();
    }

    static bool IsOld() => Volatile.Read(ref measuredAt) is var at && (at == 0 || Stopwatch.GetElapsedTime(at) > Often);

    static async Task Measure()
    {
        var from = Stopwatch.GetTimestamp();
        await Task.Run(() => Array.Sort((int[])Unsorted.Clone()));
        var slowness = Math.Max(1, Stopwatch.GetElapsedTime(from) / WhenIdle);
        lock (Latest)
        {
            Latest.Enqueue(slowness);
            if (Latest.Count > 3) Latest.Dequeue();
        }

        Volatile.Write(ref measuredAt, Stopwatch.GetTimestamp());
    }

    /// <summary>The same numbers each time.</summary>
    static int[] Numbers(int count)
    {
        var numbers = new int[count];
        for (uint i = 0, last = 2463534242; i < count; i++)
        {
            last ^= last << 13;
            last ^= last >> 17;
            last ^= last << 5;
            numbers[i] = (int)last;
        }

        return numbers;
    }
}

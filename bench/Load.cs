using System.Collections.Concurrent;
using System.Diagnostics;

namespace MallBots.Bench;

/// <summary>Clients that call one after another.</summary>
static class Load
{
    /// <summary>Makes this many calls with so many clients.</summary>
    /// <returns>Calls per second, and how long each took, in milliseconds.</returns>
    public static async Task<(double PerSecond, IReadOnlyCollection<double> Latencies)> Many(int clients, int count, Func<int, Task> call)
    {
        var latencies = new ConcurrentBag<double>();
        var next = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= count)
            {
                var started = Stopwatch.GetTimestamp();
                await call(number);
                latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        })));
        return (count / clock.Elapsed.TotalSeconds, latencies);
    }
}

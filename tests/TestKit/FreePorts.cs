using System.Net.NetworkInformation;

namespace MallBots.TestKit;

/// <summary>Ports for programs that must be told theirs before they start.</summary>
public static class FreePorts
{
    /// <summary>The first of this many ports in a row that nobody listens on, below those that systems give away by themselves.</summary>
    public static int Row(int length)
    {
        var used = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port).ToHashSet();
        while (true)
        {
            var first = Random.Shared.Next(10_000, 32_000 - length);
            if (!Enumerable.Range(first, length).Any(used.Contains)) return first;
        }
    }
}

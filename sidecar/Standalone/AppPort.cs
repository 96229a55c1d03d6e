using System.Net;
using System.Net.Sockets;

namespace MallBots.Sidecar.Standalone;

/// <summary>The port of an app that nobody announces.</summary>
internal static class AppPort
{
    // As daprd does it: the port is tried until somebody listens.
    static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    /// <summary>Ends when the port is open.</summary>
    public static async Task WaitUntilOpenAsync(int port, TimeProvider clock, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Between, clock);
        while (!await IsOpenAsync(port, cancel)) await timer.WaitForNextTickAsync(cancel);
    }

    static async Task<bool> IsOpenAsync(int port, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

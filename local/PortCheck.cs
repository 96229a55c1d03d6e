using System.Net;
using System.Net.Sockets;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Local;

/// <summary>Looks for ports that somebody else listens on, before anything is started.</summary>
static class PortCheck
{
    /// <exception cref="LocalMallException">Ports are in use; the message says which.</exception>
    public static void Demand(IEnumerable<string> appIds, Ports ports)
    {
        var taken = appIds.Where(appId => ports.Of(appId) != 0 && IsTaken(ports.Of(appId))).Select(appId => $"{ports.Of(appId)} ({appId})").ToList();
        if (taken.Count > 0)
            throw new LocalMallException($"In use by another program: port {string.Join(", ", taken)}. Stop it, or move all ports with --port-offset N.");
    }

    static bool IsTaken(int port) => IsTaken(IPAddress.Loopback, port) || Loopback.HasIPv6 && IsTaken(IPAddress.IPv6Loopback, port);

    static bool IsTaken(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return false;
        }
        catch (SocketException refused) when (refused.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return true;
        }
    }
}

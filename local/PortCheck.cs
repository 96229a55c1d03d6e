using System.Net;
using System.Net.Sockets;

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

    static bool IsTaken(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
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

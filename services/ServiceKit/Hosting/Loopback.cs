using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MallBots.ServiceKit.Hosting;

/// <summary>The addresses of this machine alone: both of them where there is IPv6, since <c>localhost</c> is <c>::1</c> first for many clients.</summary>
public static class Loopback
{
    /// <summary>True when programs can listen on <c>[::1]</c>: there may be no IPv6, or it may be switched off.</summary>
    public static bool HasIPv6 { get; } = ListensOnIPv6();

    /// <summary>The addresses to listen on, as ASPNETCORE_URLS takes them.</summary>
    /// <param name="port">The port; 0 takes a free one, of IPv4 alone, since two listeners can't be told to choose the same.</param>
    public static string Urls(int port)
    {
        var number = port.ToString(CultureInfo.InvariantCulture);
        return port != 0 && HasIPv6 ? $"http://127.0.0.1:{number};http://[::1]:{number}" : $"http://127.0.0.1:{number}";
    }

    static bool ListensOnIPv6()
    {
        if (!Socket.OSSupportsIPv6) return false;
        try
        {
            using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

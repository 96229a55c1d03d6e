namespace MallBots.Sidecar;

/// <summary>A port of a sidecar is taken by another process.</summary>
public sealed class PortInUseException : IOException
{
    internal PortInUseException(string appId, int port, Exception cause)
        : base($"port {port} (sidecar of {appId}) is in use", cause) => Port = port;

    /// <summary>The port.</summary>
    public int Port { get; }
}

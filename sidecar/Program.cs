using MallBots.Sidecar.Standalone;

namespace MallBots.Sidecar;

/// <summary>The sidecar as a program of its own, for one app in any language.</summary>
public static class Program
{
    /// <summary>Starts the sidecar of one app; ends on SIGTERM or Ctrl-C.</summary>
    public static Task<int> Main(string[] args) => CommandLine.RunAsync(args);
}

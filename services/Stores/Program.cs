using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Stores;

/// <summary>The service.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Stores, _ => { });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

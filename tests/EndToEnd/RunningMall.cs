using Xunit;

[assembly: AssemblyFixture(typeof(MallBots.EndToEnd.RunningMall))]

namespace MallBots.EndToEnd;

/// <summary>The mall whose gateway is at MALLBOTS_URL, such as http://localhost:5100. Others may shop there meanwhile, its bots work by themselves.</summary>
public sealed class RunningMall : IDisposable
{
    /// <summary>One order of many on a mall whose bots really drive.</summary>
    static readonly TimeSpan Enough = TimeSpan.FromMinutes(2);

    readonly Lazy<MallDriver> gateway = new(() => new MallDriver(Address!) { Enough = Enough });

    /// <summary>Where it is; null when none is named.</summary>
    public static Uri? Address => Environment.GetEnvironmentVariable("MALLBOTS_URL") is { Length: > 0 } url ? new Uri(url.TrimEnd('/') + "/") : null;

    public MallDriver Gateway => gateway.Value;

    public void Dispose()
    {
        if (gateway.IsValueCreated) gateway.Value.Dispose();
    }
}

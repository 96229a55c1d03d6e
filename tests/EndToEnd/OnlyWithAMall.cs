using System.Reflection;
using Xunit;
using Xunit.v3;

[assembly: TestFramework(typeof(MallBots.EndToEnd.OnlyWithAMall))]

namespace MallBots.EndToEnd;

/// <summary>Finds the scenarios only when MALLBOTS_URL names a mall: without one a single skipped test says what to do, and not each of them.</summary>
public sealed class OnlyWithAMall : XunitTestFramework
{
    protected override ITestFrameworkDiscoverer CreateDiscoverer(Assembly assembly) => new Scenarios((IXunitTestAssembly)base.CreateDiscoverer(assembly).TestAssembly);

    sealed class Scenarios(IXunitTestAssembly assembly) : XunitTestFrameworkDiscoverer(assembly)
    {
        protected override bool IsValidTestClass(Type type) => base.IsValidTestClass(type) && (RunningMall.Address is not null || type == typeof(TheMallTests));
    }
}

/// <summary>Whether there is a mall to test.</summary>
public sealed class TheMallTests(RunningMall running)
{
    [Fact]
    public async Task The_mall_at_MALLBOTS_URL_is_ready()
    {
        Assert.SkipWhen(RunningMall.Address is null, "MALLBOTS_URL names no mall. Start one, then: MALLBOTS_URL=http://localhost:5100 dotnet test tests/EndToEnd");
        (await running.Gateway.Get("/health")).Expect(200);
    }
}

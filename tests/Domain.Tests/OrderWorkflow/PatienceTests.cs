using MallBots.OrderWorkflow.Workflows;
using Xunit;

namespace MallBots.Domain.Tests.OrderWorkflow;

public sealed class PatienceTests
{
    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(2, 1)]
    [InlineData(7, 32)]
    [InlineData(8, 60)]
    [InlineData(1000, 60)]
    public void Waits_double_up_to_a_minute(int attempts, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new Patience().DelayAfter(attempts));
}

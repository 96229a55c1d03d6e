using Xunit;

namespace MallBots.Domain.Tests.OrderWorkflow;

/// <summary>Whatever is lost, repeated, late or started again: in the end order, payment and shopping list agree (specification 6, rules 2 and 3).</summary>
public sealed class SagaInAHostileWorldTests
{
    const int Worlds = 4_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Order_payment_and_list_agree_in_the_end(int block)
    {
        for (var seed = block * Worlds; seed < (block + 1) * Worlds; seed++)
        {
            var mall = new SimulatedMall(seed);
            if (mall.Play() is { } wrong) Assert.Fail($"World {seed}: {wrong}: {mall.Story}");
        }
    }
}

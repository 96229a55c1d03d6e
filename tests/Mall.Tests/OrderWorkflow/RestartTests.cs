using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.OrderWorkflow;

/// <summary>The service stops in the middle of its work: instances, and orders that it has not seen yet, go on when it is back.</summary>
public sealed class RestartTests(WorkflowMall mall) : IClassFixture<WorkflowMall>
{
    [Fact]
    public async Task Orders_go_on_when_the_service_is_back()
    {
        var (begun, unseen, canceled) = (WorkflowMall.NewOrder(), WorkflowMall.NewOrder(), WorkflowMall.NewOrder());
        var well = mall.Payments.FailsUntilWell(begun, "confirm-payment");
        mall.Payments.FailsUntilWell(canceled, "confirm-payment");
        await mall.Place(begun);
        await mall.Place(canceled);
        await Eventually.True(() => Task.FromResult(mall.Calls(begun).Contains("confirm-payment") && mall.Calls(canceled).Contains("confirm-payment")));

        await mall.Restart(async () =>
        {
            well();
            await mall.Place(unseen);
            await mall.Cancel(canceled);
        });

        Assert.Equal("approved", (await mall.Ended(begun)).Outcome);
        Assert.Equal("approved", (await mall.Ended(unseen)).Outcome);
        Assert.Equal("canceled", (await mall.Ended(canceled)).Outcome);
        Assert.Equal(OrderStatus.Canceled, (await mall.Order(canceled)).Status);
        Assert.Equal(1, mall.Calls(begun).Count(call => call == "create-shopping-list"));
    }
}

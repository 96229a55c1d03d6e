using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.OrderWorkflow;

/// <summary>Specification 4, cancel order: requests that were made after approval.</summary>
public sealed class CancelOrderTests(WorkflowMall mall) : IClassFixture<WorkflowMall>
{
    readonly string order = WorkflowMall.NewOrder();

    [Fact]
    public async Task An_approved_order_is_canceled_when_no_bot_has_its_list()
    {
        await mall.Place(order);
        await mall.Ended(order);
        await mall.Cancel(order);
        await Eventually.True(async () => (await mall.Order(order)).Status == OrderStatus.Canceled);
        var workflow = await mall.Ended(order);

        Assert.Equal(["cancel-shopping-list", "release-payment"], mall.Calls(order).TakeLast(2));
        Assert.Equal(("CancelOrder", "canceled"), (workflow.Name, workflow.Outcome));
        Assert.Equal(["begin-cancel", "cancel-shopping-list", "cancel-order", "release-payment"], workflow.Steps.Select(step => step.Name));
        Assert.Equal(2, workflow.Runs.Count);
    }

    [Fact]
    public async Task A_request_that_comes_too_late_for_the_depot_is_refused_and_the_customer_may_ask_again()
    {
        mall.Depot.Refuses(order, "cancel-shopping-list", "shopping-already-started");
        await mall.Place(order);
        await mall.Ended(order);
        await mall.Cancel(order);
        await Eventually.True(async () => (await mall.Order(order)).History.Any(entry => entry.Event == "order-cancel-refused"));
        var workflow = await mall.Ended(order);

        var goesOn = await mall.Order(order);
        Assert.Equal((OrderStatus.Approved, false), (goesOn.Status, goesOn.CancelRequest!.Open));
        Assert.Equal("shopping-already-started", goesOn.History[^1].Note);
        Assert.Equal("refused", workflow.Outcome);
        Assert.DoesNotContain("release-payment", mall.Calls(order));

        Assert.Equal(202, (int)(await mall.Cancel(order)).StatusCode);
        await Eventually.True(async () => (await mall.Order(order)).Status == OrderStatus.Canceled);
        Assert.Equal(3, (await mall.Ended(order)).Runs.Count);
    }
}

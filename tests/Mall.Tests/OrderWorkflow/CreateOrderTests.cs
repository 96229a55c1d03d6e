using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.OrderWorkflow;

/// <summary>Specification 4, create order: the table, its refusals, faults and undo, driven through the genuine worker.</summary>
public sealed class CreateOrderTests(WorkflowMall mall) : IClassFixture<WorkflowMall>
{
    readonly string order = WorkflowMall.NewOrder();

    [Fact]
    public async Task An_order_that_passes_every_check_is_approved_and_its_list_given_to_the_bots()
    {
        await mall.Place(order);
        var workflow = await mall.Ended(order);

        Assert.Equal(["authorize-customer", "create-shopping-list", "confirm-payment", "initiate-shopping"], mall.Calls(order));
        Assert.Equal(("approved", OrderWorkflowStatus.Ended, "CreateOrder"), (workflow.Outcome, workflow.Status, workflow.Name));
        Assert.Equal(
            ["begin-order", "authorize-customer", "create-shopping-list", "confirm-payment", "approve-order", "initiate-shopping"],
            workflow.Steps.Select(step => step.Name));
        Assert.All(workflow.Steps, step => Assert.Equal((1, true), (step.Attempts, step.EndedAt >= step.StartedAt)));
        Assert.Equal((OrderStatus.Approved, order), ((await mall.Order(order)).Status, (await mall.Order(order)).ShoppingListId));
    }

    [Theory]
    [InlineData("authorize-customer", "customer-disabled")]
    [InlineData("create-shopping-list", "product-unavailable")]
    [InlineData("confirm-payment", "payment-amount-too-low")]
    public async Task A_refusal_rejects_the_order_first_and_then_undoes_everything(string step, string code)
    {
        (step switch { "authorize-customer" => mall.Customers, "create-shopping-list" => mall.Depot, _ => mall.Payments }).Refuses(order, step, code);
        await mall.Place(order);
        var workflow = await mall.Ended(order);

        var rejected = await mall.Order(order);
        Assert.Equal((OrderStatus.Rejected, new Reason(code, $"{step} is refused.")), (rejected.Status, rejected.Reason));
        Assert.Equal(["release-payment", "cancel-shopping-list"], mall.Calls(order).SkipWhile(call => call != step).Skip(1));
        Assert.Equal(["reject-order", "release-payment", "cancel-shopping-list"], workflow.Steps.SkipWhile(done => done.Name != step).Skip(1).Select(done => done.Name));
        Assert.Equal(("rejected", $"{code}: {step} is refused."), (workflow.Outcome, workflow.Reason));
    }

    [Fact]
    public async Task A_fault_is_tried_again_until_it_passes()
    {
        mall.Payments.Fails(order, "confirm-payment", times: 3);
        await mall.Place(order);
        var workflow = await mall.Ended(order);

        Assert.Equal(OrderStatus.Approved, (await mall.Order(order)).Status);
        Assert.Equal(4, workflow.Steps.Single(step => step.Name == "confirm-payment").Attempts);
    }

    [Fact]
    public async Task A_long_row_of_faults_continues_as_new_and_keeps_its_progress()
    {
        mall.Payments.Fails(order, "confirm-payment", times: 12); // Five attempts a stretch here.
        await mall.Place(order);
        var workflow = await mall.Ended(order);

        Assert.Equal(OrderStatus.Approved, (await mall.Order(order)).Status);
        Assert.Equal(13, workflow.Steps.Single(step => step.Name == "confirm-payment").Attempts);
        Assert.Equal(1, mall.Calls(order).Count(call => call == "create-shopping-list"));
    }

    [Theory]
    [InlineData("authorize-customer")]
    [InlineData("create-shopping-list")]
    [InlineData("confirm-payment")]
    public async Task A_customer_who_cancels_during_a_step_stops_it_at_the_next_boundary(string step)
    {
        var (asked, letGo) = (step switch { "authorize-customer" => mall.Customers, "create-shopping-list" => mall.Depot, _ => mall.Payments }).Holds(order, step);
        await mall.Place(order);
        await asked;
        Assert.Equal(202, (int)(await mall.Cancel(order)).StatusCode);
        letGo();
        var workflow = await mall.Ended(order);

        var canceled = await mall.Order(order);
        Assert.Equal((OrderStatus.Canceled, new Reason("cancel-requested", "Too late for tea"), false), (canceled.Status, canceled.Reason, canceled.CancelRequest!.Open));
        Assert.Equal(["release-payment", "cancel-shopping-list"], mall.Calls(order).TakeLast(2));
        Assert.DoesNotContain("initiate-shopping", mall.Calls(order));
        Assert.Equal("canceled", workflow.Outcome);
    }

    [Fact]
    public async Task A_customer_may_cancel_while_a_participant_is_away()
    {
        var well = mall.Depot.FailsUntilWell(order, "create-shopping-list");
        await mall.Place(order);
        await mall.WaitsForOperator(order);
        await mall.Cancel(order);
        var workflow = await mall.Ended(order);
        well();

        Assert.Equal(OrderStatus.Canceled, (await mall.Order(order)).Status);
        Assert.Equal("canceled", workflow.Outcome);
        Assert.DoesNotContain("confirm-payment", mall.Calls(order));
    }

    [Fact]
    public async Task An_order_that_is_seen_again_does_not_start_again()
    {
        await mall.Place(order);
        await mall.Ended(order);
        var before = mall.Calls(order).Count;
        await mall.SeeAgain(order);
        Assert.Equal(before, mall.Calls(order).Count);
        Assert.Single((await mall.Ended(order)).Runs);
    }

    [Fact]
    public async Task A_run_that_starts_again_on_an_approved_order_only_goes_forward()
    {
        await mall.Place(order);
        await mall.Ended(order);
        Assert.Equal("approved", await mall.RunAgain(order, order));
        Assert.Equal(["authorize-customer", "create-shopping-list", "confirm-payment", "initiate-shopping", "initiate-shopping"], mall.Calls(order));
    }

    [Fact]
    public async Task A_run_that_starts_again_on_a_rejected_order_only_undoes()
    {
        mall.Customers.Refuses(order, "authorize-customer", "customer-disabled");
        await mall.Place(order);
        await mall.Ended(order);
        Assert.Equal("undone", await mall.RunAgain(order, order));
        Assert.Equal(["authorize-customer", "release-payment", "cancel-shopping-list", "release-payment", "cancel-shopping-list"], mall.Calls(order));
    }

    [Fact]
    public async Task A_run_that_starts_again_on_an_order_that_is_over_touches_nothing()
    {
        await mall.Place(order);
        await mall.Ended(order);
        await mall.Cancel(order);
        await Eventually.True(async () => (await mall.Order(order)).Status == OrderStatus.Canceled);
        var before = (await mall.Ended(order)).Runs.Count + mall.Calls(order).Count;
        Assert.Equal("over", await mall.RunAgain(order, order));
        Assert.Equal(before, (await mall.Ended(order)).Runs.Count + mall.Calls(order).Count);
    }

    [Fact]
    public async Task A_refusal_that_comes_after_an_earlier_approval_goes_forward()
    {
        var (asked, letGo) = mall.Payments.Holds(order, "confirm-payment", CommandAnswer.Refused("payment-already-used", "Bound to another order."));
        await mall.Place(order);
        await asked;
        await mall.Send(new ApproveOrder(order, order, order, "approve-order"));
        letGo();
        Assert.Equal("approved", (await mall.Ended(order)).Outcome);
        Assert.Equal(["confirm-payment", "initiate-shopping"], mall.Calls(order).TakeLast(2));
        Assert.Equal(OrderStatus.Approved, (await mall.Order(order)).Status);
    }

    [Fact]
    public async Task An_order_that_was_closed_meanwhile_is_undone()
    {
        var (asked, letGo) = mall.Payments.Holds(order, "confirm-payment");
        await mall.Place(order);
        await asked;
        await mall.Send(new RejectOrder(order, "customer-disabled", "An earlier run.", order, "reject-order"));
        letGo();
        Assert.Equal("undone", (await mall.Ended(order)).Outcome);
        Assert.Equal(["confirm-payment", "release-payment", "cancel-shopping-list"], mall.Calls(order).TakeLast(3));
    }

    [Fact]
    public async Task A_shopping_list_that_was_canceled_meanwhile_ends_the_workflow_without_undo()
    {
        mall.Depot.Refuses(order, "initiate-shopping", "shopping-list-canceled");
        await mall.Place(order);
        var workflow = await mall.Ended(order);

        Assert.Equal("canceled meanwhile", workflow.Outcome);
        Assert.DoesNotContain("release-payment", mall.Calls(order));
    }
}

using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Scenarios;

/// <summary>Scenarios 7 and 8: a customer cancels while the workflow is at any of its steps, after approval, and too late.</summary>
[Collection<DrivenByHand>]
public sealed class CancellationTests(HandDrivenMall mall)
{
    const string AfterApproval = "initiate-shopping";

    /// <summary>Every step of create-order up to the pivot; what an approved order shows must be these and the one behind it.</summary>
    public static readonly TheoryData<string> UpToApproval = ["begin-order", "authorize-customer", "create-shopping-list", "confirm-payment", "approve-order"];

    [Theory]
    [MemberData(nameof(UpToApproval))]
    public async Task A_customer_who_cancels_while_the_workflow_is_at_a_step_is_canceled_and_has_the_money_back(string step)
    {
        var basket = await FullBasket();
        var gate = mall.Gates.Hold(step, basket.Order);
        await mall.Gateway.Checkout(basket.Order, basket.Payment);
        await gate.Reached();
        (await mall.Cancel(basket)).Expect(202);
        gate.Open();
        await IsCanceled(basket, "canceled", "orderReceived", "orderCanceled");
    }

    [Fact]
    public async Task A_customer_who_cancels_before_the_workflow_has_begun_is_canceled_and_has_the_money_back()
    {
        var basket = await FullBasket();
        await mall.RestartWorkflows(meanwhile: async () =>
        {
            await mall.Gateway.Checkout(basket.Order, basket.Payment);
            await mall.Gateway.OrderIs(basket.Order, "pending");
            (await mall.Cancel(basket)).Expect(202);
        });
        await IsCanceled(basket, "canceled", "orderReceived", "orderCanceled");
    }

    [Fact]
    public async Task A_customer_who_cancels_before_the_approved_list_is_given_to_the_bots_is_canceled_and_has_the_money_back()
    {
        var basket = await FullBasket();
        var gate = mall.Gates.Hold(AfterApproval, basket.Order);
        await mall.Gateway.Checkout(basket.Order, basket.Payment);
        await gate.Reached();
        (await mall.Cancel(basket)).Expect(202);
        await mall.Gateway.OrderIs(basket.Order, "canceled"); // By the cancel workflow, while the other still wants to go forward.
        gate.Open();
        await IsCanceled(basket, "canceled meanwhile", "orderReceived", "orderApproved", "orderCanceled");
    }

    [Fact]
    public async Task An_approved_order_that_no_bot_has_is_canceled_and_the_money_given_back()
    {
        var basket = await mall.Approved(await Tea());
        var workflow = await mall.Gateway.Until($"/api/order-workflows/{basket.Order}", answer => answer.Text("status") == "ended");
        Assert.Equal([.. UpToApproval.Select(row => row.Data), AfterApproval], workflow.Body.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString()));

        (await mall.Cancel(basket)).Expect(202);
        await IsCanceled(basket, "approved", "orderReceived", "orderApproved", "orderCanceled");
        (await mall.Cancel(basket)).ExpectProblem(409, "order-too-late-to-cancel");
    }

    [Fact]
    public async Task A_cancellation_that_comes_after_a_bot_has_the_list_is_refused_and_the_customer_told()
    {
        var tea = await Tea();
        var basket = await mall.Approved(tea);
        var gate = mall.Gates.Hold("begin-cancel", basket.Order);
        (await mall.Cancel(basket)).Expect(202);
        await gate.Reached();
        var bot = await mall.Assign(basket);
        gate.Open();

        var refused = await mall.Gateway.Until($"/api/orders/{basket.Order}", order => order.Story.Contains("order-cancel-refused"));
        Assert.Equal("inProgress", refused.Text("status"));
        (await mall.Cancel(basket)).ExpectProblem(409, "order-too-late-to-cancel");
        await mall.Gateway.Told(basket.Order, "orderReceived", "orderApproved", "orderCancelRefused");

        // The order goes on as if nothing had been asked.
        (await mall.Gateway.Post($"/api/shopping-lists/{basket.Order}/complete", new { botId = bot, everything = true })).Expect(200);
        var ready = await mall.Gateway.OrderIs(basket.Order, "ready");
        Assert.Equal(["order-created", "order-approved", "order-cancel-requested", "order-shopping-started", "order-cancel-refused", "order-readied"], ready.Story);
        (await mall.Cancel(basket)).ExpectProblem(409, "order-too-late-to-cancel");
        await mall.Gateway.PaymentIs(basket.Payment, "confirmed");
    }

    /// <summary>Order, list, payment and customer know of it, and the workflow that was to create the order has ended.</summary>
    async Task IsCanceled(Basket basket, string outcome, params string[] told)
    {
        var canceled = await mall.Gateway.OrderIs(basket.Order, OrderStatus.Canceled);
        Assert.Equal("cancel-requested", canceled.Body.GetProperty("reason").GetProperty("code").GetString());
        await mall.Gateway.ListIs(basket.Order, "canceled");
        await mall.Gateway.PaymentIs(basket.Payment, "released");
        await mall.Gateway.Told(basket.Order, told);
        var workflow = await mall.Gateway.Until($"/api/order-workflows/{basket.Order}", answer => answer.Text("status") == "ended");
        var created = workflow.Body.GetProperty("runs").EnumerateArray().Single(run => run.GetProperty("name").GetString() == "CreateOrder");
        Assert.Equal(outcome, created.GetProperty("outcome").GetString());
    }

    async Task<Basket> FullBasket() => await mall.Fill(await Tea());

    async Task<(string, int)> Tea() => (await mall.Gateway.Product(await mall.Gateway.Store(), 4m), 2);
}

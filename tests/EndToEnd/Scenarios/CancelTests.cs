using MallBots.TestKit;
using Xunit;

namespace MallBots.EndToEnd.Scenarios;

/// <summary>Of scenarios 7 and 8 what needs no hand on the mall: whenever customers cancel, they are canceled and have their money back, or it was too late and they have their order.</summary>
public class CancelTests(RunningMall running)
{
    MallDriver Mall => running.Gateway;

    [Fact]
    public async Task A_customer_who_cancels_at_once_gets_the_money_back_or_is_told_that_it_was_too_late()
    {
        var (order, payment) = await Ordered();
        var asked = await Asked(order);
        if (asked.Code != 202) asked.ExpectProblem(409, "order-too-late-to-cancel");

        var ended = await Mall.Until($"/api/orders/{order}", answer => answer.Expect(200).Text("status") is "canceled" or "ready");
        if (ended.Text("status") == "canceled")
        {
            Assert.Equal("cancel-requested", ended.Body.GetProperty("reason").GetProperty("code").GetString());
            await Mall.ListIs(order, "canceled");
            await Mall.PaymentIs(payment, "released");
            await Mall.Until($"/api/notifications?orderId={order}&kind=orderCanceled", told => told.Items.Any());
        }
        else
        {
            await Mall.ListIs(order, "completed");
            await Mall.PaymentIs(payment, "confirmed");
            if (asked.Code == 202) await Mall.Until($"/api/notifications?orderId={order}&kind=orderCancelRefused", told => told.Items.Any());
        }
    }

    [Fact]
    public async Task An_order_that_is_ready_can_not_be_canceled_any_more()
    {
        var (order, payment) = await Ordered();
        await Mall.OrderIs(order, "ready");
        (await Cancel(order)).ExpectProblem(409, "order-too-late-to-cancel");
        Assert.Equal("ready", (await Mall.Get($"/api/orders/{order}")).Text("status"));
        await Mall.PaymentIs(payment, "confirmed");
        await Mall.Told(order, "orderReceived", "orderApproved", "orderReady");
    }

    async Task<(string Order, string Payment)> Ordered()
    {
        var customer = await Mall.Customer();
        var payment = await Mall.Payment(customer, 30m);
        return (await Mall.Checkout(await Mall.Basket(customer, (await Mall.Product(await Mall.Store()), 2)), payment), payment);
    }

    /// <summary>As soon as the order is there: right after the checkout it may not be (specification 3, baskets).</summary>
    async Task<Answer> Asked(string order)
    {
        Answer? answer = null;
        await Eventually.True(async () => (answer = await Cancel(order)).Code != 404, Mall.Enough, "the order is there");
        return answer!;
    }

    Task<Answer> Cancel(string order) => Mall.Post($"/api/orders/{order}/cancel", new { reason = "Changed my mind" });
}

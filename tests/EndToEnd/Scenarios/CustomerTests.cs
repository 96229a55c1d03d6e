using Xunit;

namespace MallBots.EndToEnd.Scenarios;

/// <summary>Scenario 2: who was disabled after the basket was started gets no order, and the money back.</summary>
public class CustomerTests(RunningMall running)
{
    [Fact]
    public async Task A_customer_who_was_disabled_after_the_basket_was_started_is_rejected_and_the_payment_released()
    {
        var mall = running.Gateway;
        var customer = await mall.Customer();
        var payment = await mall.Payment(customer, 50m);
        var basket = await mall.Basket(customer, (await mall.Product(await mall.Store()), 2));
        (await mall.Put($"/api/customers/{customer}/enabled", new { enabled = false })).Expect(200);

        var order = await mall.Checkout(basket, payment);
        var rejected = await mall.OrderIs(order, "rejected");
        Assert.Equal("customer-disabled", rejected.Body.GetProperty("reason").GetProperty("code").GetString());
        Assert.NotEmpty(rejected.Body.GetProperty("reason").GetProperty("text").GetString()!);
        await mall.PaymentIs(payment, "released");
        await mall.ListIs(order, "canceled");
        await mall.Told(order, "orderReceived", "orderRejected"); // Also who is disabled is told.
    }
}

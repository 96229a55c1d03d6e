using Xunit;

namespace MallBots.EndToEnd.Scenarios;

/// <summary>Scenario 3: a payment that can't carry the order rejects it with the reason, and its shopping list is canceled.</summary>
public class PaymentRefusalTests(RunningMall running)
{
    [Fact]
    public async Task A_payment_that_nobody_knows_rejects_the_order() => await Rejected("payment-unknown", (_, _) => Task.FromResult("no-such-payment"));

    [Fact]
    public async Task A_declined_payment_rejects_the_order() => await Rejected("payment-declined", async (mall, customer) =>
    {
        (await mall.Post("/api/payments", new { customerId = customer, amount = 50.13m })).ExpectProblem(409, "payment-declined");
        var payments = await mall.Until($"/api/payments?customerId={customer}", answer => answer.Body.GetProperty("items").GetArrayLength() == 1);
        return payments.Body.GetProperty("items")[0].GetProperty("paymentId").GetString()!;
    });

    [Fact]
    public async Task A_payment_that_is_too_low_rejects_the_order() => await Rejected("payment-amount-too-low", (mall, customer) => mall.Payment(customer, 1m));

    [Fact]
    public async Task A_payment_of_another_customer_rejects_the_order() =>
        await Rejected("payment-of-another-customer", async (mall, _) => await mall.Payment(await mall.Customer("Bob"), 50m));

    [Fact]
    public async Task A_payment_that_another_order_has_rejects_the_second_order() => await Rejected("payment-already-used", async (mall, customer) =>
    {
        var payment = await mall.Payment(customer, 50m);
        var first = await mall.Checkout(await mall.Basket(customer, (await mall.Product(await mall.Store()), 1)), payment);
        await mall.OrderIs(first, "ready");
        return payment;
    });

    async Task Rejected(string code, Func<MallDriver, string, Task<string>> pay)
    {
        var mall = running.Gateway;
        var customer = await mall.Customer();
        var payment = await pay(mall, customer);
        var order = await mall.Checkout(await mall.Basket(customer, (await mall.Product(await mall.Store()), 2)), payment);
        var rejected = await mall.OrderIs(order, "rejected");
        Assert.Equal(code, rejected.Body.GetProperty("reason").GetProperty("code").GetString());
        await mall.ListIs(order, "canceled");
        await mall.Told(order, "orderReceived", "orderRejected");
    }
}

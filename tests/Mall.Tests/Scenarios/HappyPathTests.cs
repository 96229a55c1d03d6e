using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Scenarios;

/// <summary>Scenario 1: an order from two stores goes from basket to completed, through every service.</summary>
public class HappyPathTests(RunningMall running)
{
    [Fact]
    public async Task An_order_goes_from_basket_to_completed_and_everybody_knows()
    {
        var mall = running.Gateway;
        var (tea, books) = (await mall.Store("Tea House"), await mall.Store("Book Nook", "Level 2, B-7"));
        var (green, novel) = (await mall.Product(tea, 4.20m), await mall.Product(books, 12.99m, "A novel"));
        var customer = await mall.Customer("Ann Arbor");
        var payment = await mall.Payment(customer, 50m);
        var basket = await mall.Basket(customer, (green, 2), (novel, 1));

        var checkout = (await mall.Post($"/api/baskets/{basket}/checkout", new { paymentId = payment })).Expect(202);
        Assert.Equal($"/api/orders/{basket}", checkout.Headers.Location?.ToString());
        var ready = await mall.OrderIs(basket, OrderStatus.Ready);
        Assert.Equal(21.39m, ready.Number("total"));

        var invoice = await mall.Until($"/api/invoices/{basket}", answer => answer.Code == 200);
        Assert.Equal(21.39m, invoice.Number("amount"));
        Assert.Equal("paid", (await mall.Post($"/api/invoices/{basket}/pay")).Expect(200).Text("status"));

        var completed = await mall.OrderIs(basket, OrderStatus.Completed);
        string[] story = ["order-created", "order-approved", "order-shopping-started", "order-readied", "order-completed"];
        Assert.Equal(story, completed.Body.GetProperty("history").EnumerateArray().Select(entry => entry.GetProperty("event").GetString()));

        var found = await mall.Until($"/api/search/orders/{basket}", answer => answer.Code == 200 && answer.Text("status") == "completed");
        Assert.Equal(story, found.Body.GetProperty("history").EnumerateArray().Select(entry => entry.GetProperty("event").GetString()));
        var paid = await mall.Get($"/api/payments/{payment}");
        Assert.Equal(("captured", 21.39m), (paid.Text("status"), paid.Number("capturedAmount")));
        var notified = await mall.Until($"/api/notifications?orderId={basket}", answer => answer.Body.GetProperty("items").GetArrayLength() == 4
            && answer.Body.GetProperty("items").EnumerateArray().All(notification => notification.GetProperty("status").GetString() == "sent"));
        Assert.Equal(
            ["orderApproved", "orderCompleted", "orderReady", "orderReceived"],
            notified.Body.GetProperty("items").EnumerateArray().Select(notification => notification.GetProperty("kind").GetString()!).Order());
    }
}

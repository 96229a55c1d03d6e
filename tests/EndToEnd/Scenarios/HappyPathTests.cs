using Xunit;

namespace MallBots.EndToEnd.Scenarios;

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
        var ready = await mall.OrderIs(basket, "ready");
        Assert.Equal(21.39m, ready.Number("total"));
        await TheWorkflowHasApprovedIt(basket);
        await ABotHasCollectedIt(basket, (tea, green, 2), (books, novel, 1));

        var invoice = await mall.Until($"/api/invoices/{basket}", answer => answer.Code == 200);
        Assert.Equal(21.39m, invoice.Number("amount"));
        Assert.Equal("paid", (await mall.Post($"/api/invoices/{basket}/pay")).Expect(200).Text("status"));

        var completed = await mall.OrderIs(basket, "completed");
        // Events of the depot may overtake each other at the broker (fact P9): that a bot has begun is not told once it is ready (specification 3, ordering).
        string[] story = ["order-created", "order-approved", "order-readied", "order-completed"];
        Assert.Equal(story, completed.Story.Where(step => step != "order-shopping-started"));

        var found = await mall.Until($"/api/search/orders/{basket}", answer => answer.Code == 200 && answer.Text("status") == "completed");
        Assert.Equal(completed.Story, found.Story);
        var paid = await mall.Get($"/api/payments/{payment}");
        Assert.Equal(("captured", 21.39m), (paid.Text("status"), paid.Number("capturedAmount")));
        await mall.Told(basket, "orderReceived", "orderApproved", "orderReady", "orderCompleted");
    }

    async Task TheWorkflowHasApprovedIt(string order)
    {
        var workflow = await running.Gateway.Until($"/api/order-workflows/{order}", answer => answer.Code == 200 && answer.Text("status") == "ended");
        Assert.Equal(("CreateOrder", "approved"), (workflow.Text("name"), workflow.Text("outcome")));
        Assert.Equal(
            ["begin-order", "authorize-customer", "create-shopping-list", "confirm-payment", "approve-order", "initiate-shopping"],
            workflow.Body.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString()));
    }

    async Task ABotHasCollectedIt(string order, params (string Store, string Product, int Quantity)[] wanted)
    {
        var list = await running.Gateway.ListIs(order, "completed");
        Assert.NotEmpty(list.Text("botId"));
        Assert.Equal(
            wanted.Order(),
            from stop in list.Body.GetProperty("stops").EnumerateArray()
            from item in stop.GetProperty("items").EnumerateArray()
            select (stop.GetProperty("storeId").GetString()!, item.GetProperty("productId").GetString()!, item.GetProperty("picked").GetInt32()) into picked
            orderby picked
            select picked);
    }
}

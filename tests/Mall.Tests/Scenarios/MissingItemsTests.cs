using Xunit;

namespace MallBots.Mall.Tests.Scenarios;

/// <summary>Scenario 20: the customer pays for what a bot has found.</summary>
[Collection<DrivenByHand>]
public sealed class MissingItemsTests(HandDrivenMall mall)
{
    [Fact]
    public async Task Items_that_are_missing_at_the_depot_make_the_invoice_smaller()
    {
        var store = await mall.Gateway.Store();
        var (tea, mug) = (await mall.Gateway.Product(store, 4m), await mall.Gateway.Product(store, 7.50m));
        var basket = await mall.Approved((tea, 3), (mug, 1));
        var bot = await mall.Assign(basket);
        (await mall.Gateway.Post($"/api/shopping-lists/{basket.Order}/pick", new { botId = bot, storeId = store, productId = tea, quantity = 2 })).Expect(200);
        (await mall.Gateway.Post($"/api/shopping-lists/{basket.Order}/complete", new { botId = bot })).Expect(200);

        var ready = await mall.Gateway.OrderIs(basket.Order, "ready");
        Assert.Equal([(tea, 3, 2), (mug, 1, 0)], ready.Items.Select(line => (line.GetProperty("productId").GetString()!, line.GetProperty("quantity").GetInt32(), line.GetProperty("picked").GetInt32())));
        Assert.Equal(8m, ready.Number("total"));
        var invoice = await mall.Gateway.Until($"/api/invoices/{basket.Order}", answer => answer.Code == 200);
        Assert.Equal(8m, invoice.Number("amount"));
        (await mall.Gateway.Post($"/api/invoices/{basket.Order}/pay")).Expect(200);
        Assert.Equal(8m, (await mall.Gateway.PaymentIs(basket.Payment, "captured")).Number("capturedAmount"));
        await mall.Gateway.OrderIs(basket.Order, "completed");
        await mall.Gateway.Until($"/api/search/orders/{basket.Order}", found => found.Code == 200 && found.Text("status") == "completed" && found.Number("total") == 8m);
        await mall.Gateway.Told(basket.Order, "orderReceived", "orderApproved", "orderReady", "orderCompleted");
    }

    [Fact]
    public async Task An_order_of_which_nothing_was_found_is_canceled_and_the_money_given_back()
    {
        var basket = await mall.Approved((await mall.Gateway.Product(await mall.Gateway.Store(), 4m), 3));
        var bot = await mall.Assign(basket);
        (await mall.Gateway.Post($"/api/shopping-lists/{basket.Order}/complete", new { botId = bot })).Expect(200);

        var canceled = await mall.Gateway.OrderIs(basket.Order, "canceled");
        Assert.Equal("nothing-picked", canceled.Body.GetProperty("reason").GetProperty("code").GetString());
        await mall.Gateway.PaymentIs(basket.Payment, "released");
        (await mall.Gateway.Post($"/api/invoices/{basket.Order}/pay")).ExpectProblem(404, "invoice-unknown");
        await mall.Gateway.Told(basket.Order, "orderReceived", "orderApproved", "orderCanceled");
    }
}

using MallBots.Contracts;
using MallBots.Depot.Subscriptions;
using MallBots.ServiceKit.Messaging;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Scenarios;

/// <summary>Scenario 4: what left the catalogue after the checkout can't be collected.</summary>
[Collection<DrivenByHand>]
public sealed class CatalogueTests(HandDrivenMall mall)
{
    [Fact]
    public async Task A_product_that_is_removed_between_checkout_and_list_rejects_the_order_and_says_which_it_was()
    {
        var store = await mall.Gateway.Store();
        var (tea, gone) = (await mall.Gateway.Product(store, 4m), await mall.Gateway.Product(store, 6m));
        var basket = await mall.Fill((tea, 1), (gone, 1));
        var gate = mall.Gates.Hold("create-shopping-list", basket.Order);
        await mall.Gateway.Checkout(basket.Order, basket.Payment);
        await gate.Reached();
        (await mall.Gateway.Delete($"/api/products/{gone}")).Expect(204);
        var copies = mall.Mall.ServicesOf(Apps.Depot).GetRequiredService<Replicas<ProductReplica>>();
        await Eventually.True(async () => await copies.Find(gone, Freshness.Copy, TestContext.Current.CancellationToken) is { Removed: true }, what: "the depot knows that the product is gone");
        gate.Open();

        var reason = (await mall.Gateway.OrderIs(basket.Order, "rejected")).Body.GetProperty("reason");
        Assert.Equal("product-unavailable", reason.GetProperty("code").GetString());
        Assert.Contains(gone, reason.GetProperty("text").GetString());
        Assert.DoesNotContain(tea, reason.GetProperty("text").GetString());
        await mall.Gateway.PaymentIs(basket.Payment, "released");
        await mall.Gateway.ListIs(basket.Order, "canceled");
        await mall.Gateway.Told(basket.Order, "orderReceived", "orderRejected");
    }
}

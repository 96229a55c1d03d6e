using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Baskets;

/// <summary>Baskets while the owner of their copies is away. Specification 2, replicas: that is a fault, never a reason to refuse.</summary>
public sealed class OwnerAwayTests(ShoppingMall mall) : IClassFixture<ShoppingMall>
{
    [Fact]
    public async Task Shopping_goes_on_with_the_copies_and_nobody_is_refused_for_what_only_the_owner_knows()
    {
        var tea = await mall.AddProduct(await mall.OpenStore());
        var (basket, given, never) = (await mall.StartBasket(), await mall.StartBasket(), await mall.StartBasket());
        (await mall.AddItem(basket, tea)).Must(200);
        (await mall.Baskets.Delete($"/api/baskets/{given}")).Must(204);
        await mall.Mall.StopServiceAsync(Apps.Stores);

        (await mall.AddItem(basket, tea)).Must(200);
        var unsure = (await mall.AddItem(basket, "nobody-knows")).MustBe(503, "unavailable");
        Assert.NotNull(unsure.Headers.RetryAfter);
        // What no copy has to do with is refused as ever, and nobody is asked.
        (await mall.AddItem(given, "nobody-knows")).MustBe(409, "basket-not-open");
        (await mall.CheckOut(given)).MustBe(409, "basket-not-open");
        (await mall.CheckOut(never)).MustBe(409, "basket-empty");
        (await mall.CheckOut(basket)).Must(202);
    }
}

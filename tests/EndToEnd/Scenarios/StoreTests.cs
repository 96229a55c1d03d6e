using MallBots.TestKit;
using Xunit;

namespace MallBots.EndToEnd.Scenarios;

/// <summary>Scenarios 19 and 24: a store that does not take part sells nothing; a SKU is one product's.</summary>
public class StoreTests(RunningMall running)
{
    MallDriver Mall => running.Gateway;

    [Fact]
    public async Task Only_products_of_participating_stores_go_into_a_basket()
    {
        var store = await Mall.Store(participating: false);
        var product = await Mall.Product(store);
        var basket = await Mall.Basket(await Mall.Customer());
        (await Add(basket, product)).ExpectProblem(409, "store-not-participating");
        (await Add(basket, "nothing")).ExpectProblem(404, "product-unknown");
        (await Mall.Put($"/api/stores/{store}/participation", new { participating = true })).Expect(200);
        (await Add(basket, product)).Expect(200);

        (await Mall.Put($"/api/stores/{store}/participation", new { participating = false })).Expect(200);
        await Eventually.True(async () => (await Add(basket, product)).Problem == "store-not-participating", Mall.Enough, "baskets know that the store has left");
        (await Mall.Delete($"/api/products/{product}")).Expect(204);
        await Eventually.True(async () => (await Add(basket, product)).Problem == "product-unknown", Mall.Enough, "baskets know that the product is gone");
    }

    [Fact]
    public async Task Of_many_products_with_one_SKU_at_once_exactly_one_wins()
    {
        var store = await Mall.Store();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(number =>
            Mall.Post($"/api/stores/{store}/products", new { name = $"Tea {number}", description = "", sku = "T-1", price = 8.90m })));
        var winner = Assert.Single(answers, answer => answer.Code == 201);
        Assert.All(answers.Where(answer => answer != winner), answer => answer.ExpectProblem(409, "sku-taken"));
        var listed = await Mall.Until($"/api/stores/{store}/products", answer => answer.Expect(200).Items.Any());
        Assert.Equal(winner.Text("productId"), Assert.Single(listed.Items).GetProperty("productId").GetString());
    }

    Task<Answer> Add(string basket, string product) => Mall.Post($"/api/baskets/{basket}/items", new { productId = product, quantity = 1 });
}

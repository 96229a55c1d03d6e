using MallBots.TestKit;
using Xunit;

namespace MallBots.EndToEnd.Scenarios;

/// <summary>Scenarios 5, 15 and 22: what a customer saw is what is ordered; quantities; repetition.</summary>
public class BasketTests(RunningMall running)
{
    [Theory]
    [InlineData(9.90)]
    [InlineData(1.10)]
    public async Task A_price_that_changed_while_in_the_basket_is_shown_first_and_accepted_then(double changed)
    {
        var (mall, price) = (running.Gateway, (decimal)changed);
        var product = await mall.Product(await mall.Store(), 5.50m);
        var customer = await mall.Customer();
        var payment = await mall.Payment(customer, 100m);
        var basket = await mall.Basket(customer, (product, 3));
        (await mall.Put($"/api/products/{product}/price", new { price })).Expect(200);

        // The copy of the catalogue may lag a moment: then the basket is checked out at the price that the customer saw. So wait until a new basket shows it.
        var other = await mall.Basket(customer);
        await Eventually.True(async () =>
        {
            var added = (await mall.Post($"/api/baskets/{other}/items", new { productId = product, quantity = 1 })).Expect(200);
            return added.Body.GetProperty("items")[0].GetProperty("price").GetDecimal() == price;
        }, mall.Enough, "baskets know the new price");

        var refused = (await mall.Post($"/api/baskets/{basket}/checkout", new { paymentId = payment }, key: "first")).ExpectProblem(409, "basket-outdated");
        var change = Assert.Single(refused.Body.GetProperty("changes").EnumerateArray());
        Assert.Equal((product, price), (change.GetProperty("productId").GetString(), change.GetProperty("newPrice").GetDecimal()));
        Assert.Equal(3 * price, (await mall.Get($"/api/baskets/{basket}")).Number("total"));
        (await mall.Post($"/api/baskets/{basket}/checkout", new { paymentId = payment }, key: "first")).ExpectProblem(409, "basket-outdated"); // The same key: as before.

        (await mall.Post($"/api/baskets/{basket}/checkout", new { paymentId = payment }, key: "second")).Expect(202);
        Assert.Equal(3 * price, (await mall.OrderIs(basket, "ready")).Number("total"));
    }

    [Fact]
    public async Task Taking_items_out_leaves_exactly_one_and_zero_and_negative_are_refused()
    {
        var mall = running.Gateway;
        var product = await mall.Product(await mall.Store());
        var basket = await mall.Basket(await mall.Customer(), (product, 3));
        foreach (var wrong in new object[] { 0, -1, 1001, 1.5, "1" })
            (await mall.Post($"/api/baskets/{basket}/items", new { productId = product, quantity = wrong })).ExpectProblem(400, "invalid-request");
        foreach (var wrong in new[] { "0", "-1", "x", "", "1.5", "99999999999" })
            (await mall.Delete($"/api/baskets/{basket}/items/{product}?quantity={wrong}")).ExpectProblem(400, "invalid-request");

        var left = (await mall.Delete($"/api/baskets/{basket}/items/{product}?quantity=2")).Expect(200);
        Assert.Equal(1, Assert.Single(left.Body.GetProperty("items").EnumerateArray()).GetProperty("quantity").GetInt32());
        var empty = (await mall.Delete($"/api/baskets/{basket}/items/{product}?quantity=5")).Expect(200);
        Assert.Empty(empty.Items);
        Assert.Empty((await mall.Delete($"/api/baskets/{basket}/items/{product}")).Expect(200).Items);
        (await mall.Post($"/api/baskets/{basket}/checkout", new { paymentId = "any" })).ExpectProblem(409, "basket-empty");
    }

    [Fact]
    public async Task Every_POST_that_is_repeated_with_its_key_answers_as_before_and_changes_nothing()
    {
        var mall = running.Gateway;
        async Task<Answer> Twice(string path, object? body)
        {
            var key = Guid.NewGuid().ToString();
            var (first, again) = (await mall.Post(path, body, key), await mall.Post(path, body, key));
            Assert.Equal((first.Code, first.Headers.Location, first.Headers.ETag), (again.Code, again.Headers.Location, again.Headers.ETag));
            Assert.Equal(first.Body.ToString(), again.Body.ToString());
            return first;
        }

        var store = (await Twice("/api/stores", new { name = "Tea House", location = "Level 1, A-12" })).Expect(201).Text("storeId");
        (await mall.Put($"/api/stores/{store}/participation", new { participating = true })).Expect(200);
        var product = (await Twice($"/api/stores/{store}/products", new { name = "Tea", description = "", sku = "T-1", price = 2m })).Expect(201).Text("productId");
        var customer = (await Twice("/api/customers", new { name = "Ann", smsNumber = "+491701234567" })).Expect(201).Text("customerId");
        var payment = (await Twice("/api/payments", new { customerId = customer, amount = 40m })).Expect(201).Text("paymentId");
        var basket = (await Twice("/api/baskets", new { customerId = customer })).Expect(201).Text("basketId");
        var added = (await Twice($"/api/baskets/{basket}/items", new { productId = product, quantity = 3 })).Expect(200);
        Assert.Equal(6m, added.Number("total"));
        (await Twice($"/api/baskets/{basket}/checkout", new { paymentId = payment })).Expect(202);
        await mall.OrderIs(basket, "ready");
        await mall.Until($"/api/invoices/{basket}", answer => answer.Code == 200);
        Assert.Equal("paid", (await Twice($"/api/invoices/{basket}/pay", null)).Expect(200).Text("status"));

        var reused = Guid.NewGuid().ToString();
        (await mall.Post("/api/stores", new { name = "One", location = "L" }, reused)).Expect(201);
        (await mall.Post("/api/stores", new { name = "Two", location = "L" }, reused)).ExpectProblem(422, "idempotency-key-reused");
        (await mall.Post("/api/stores", new { name = "One", location = "L" }, new string('k', 101))).ExpectProblem(400, "invalid-request");
    }
}

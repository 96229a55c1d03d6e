using System.Text.Json;
using MallBots.Mall.Tests.Stores;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Baskets;

/// <summary>The service <c>baskets</c> over HTTP, with stores and customers, on the embedded sidecar. Specification 3, baskets.</summary>
public sealed class BasketsOverHttpTests(ShoppingMall mall) : IClassFixture<ShoppingMall>
{
    [Fact]
    public async Task A_basket_is_filled_and_checked_out()
    {
        var store = await mall.OpenStore();
        var (tea, cup) = (await mall.AddProduct(store, 8.90m), await mall.AddProduct(store, 10m, "Cup"));
        var basket = await mall.StartBasket();
        (await mall.AddItem(basket, tea, 2)).Must(200);
        var filled = (await mall.AddItem(basket, cup)).Must(200);
        Assert.Equal((27.80m, "USD", "open"), (filled.Money("total"), filled.Text("currency"), filled.Text("status")));
        Assert.Equal(["Tea", "Cup"], filled.Items.Select(line => line.GetProperty("productName").GetString()));
        Assert.Equal("Teahouse", filled.Items.First().GetProperty("storeName").GetString());

        var accepted = (await mall.CheckOut(basket)).Must(202);
        Assert.Equal("{\"orderId\":\"" + basket + "\"}", accepted.Body.ToString());
        Assert.Equal($"/api/orders/{basket}", accepted.Headers.Location?.ToString());
        var done = (await mall.Baskets.Get($"/api/baskets/{basket}")).Must(200);
        Assert.Equal(("checkedOut", "pay-1", basket), (done.Text("status"), done.Text("paymentId"), done.Text("orderId")));
        Assert.Equal(TimeSpan.Zero, done.Body.GetProperty("checkedOutAt").GetDateTimeOffset().Offset);
        Assert.Equal(accepted.Body.ToString(), (await mall.CheckOut(basket)).Must(202).Body.ToString());
        (await mall.CheckOut(basket, "pay-2")).MustBe(409, "basket-not-open");
        (await mall.AddItem(basket, tea)).MustBe(409, "basket-not-open");
        (await mall.Baskets.Delete($"/api/baskets/{basket}/items/{tea}")).MustBe(409, "basket-not-open");
        (await mall.Baskets.Delete($"/api/baskets/{basket}")).MustBe(409, "basket-not-open");
    }

    [Fact]
    public async Task Only_an_enabled_customer_gets_a_basket()
    {
        (await mall.Baskets.Post("/api/baskets", new { customerId = "nobody" })).MustBe(404, "customer-unknown");
        var customer = await mall.Register();
        (await mall.Customers.Put($"/api/customers/{customer}/enabled", new { enabled = false })).Must(200);
        await mall.Heard<MallBots.Baskets.Domain.Shopper>(customer, copy => !copy.Value.Enabled);
        (await mall.Baskets.Post("/api/baskets", new { customerId = customer })).MustBe(409, "customer-disabled");
        // Whatever the copy says by now: before a refusal the owner is asked.
        (await mall.Customers.Put($"/api/customers/{customer}/enabled", new { enabled = true })).Must(200);
        (await mall.Baskets.Post("/api/baskets", new { customerId = customer })).Must(201);
    }

    [Fact]
    public async Task The_whole_line_goes_without_a_quantity_also_when_its_product_left_the_catalogue()
    {
        var tea = await mall.AddProduct(await mall.OpenStore());
        var basket = await mall.StartBasket();
        (await mall.AddItem(basket, tea, 3)).Must(200);
        await mall.RemoveProduct(tea);
        Assert.Empty((await mall.Baskets.Delete($"/api/baskets/{basket}/items/{tea}")).Must(200).Items);
    }

    [Fact]
    public async Task Quantity_and_total_have_their_bounds()
    {
        var store = await mall.OpenStore();
        var (cheap, dear) = (await mall.AddProduct(store, 0.01m), await mall.AddProduct(store, 1_000_000m));
        var basket = await mall.StartBasket();
        foreach (var wrong in new[] { 0, -1, 1_001 }) (await mall.AddItem(basket, cheap, wrong)).MustBe(400, "invalid-request");
        (await mall.AddItem(basket, cheap, 1_000)).Must(200);
        var tooMany = (await mall.AddItem(basket, cheap)).MustBe(400, "invalid-request");
        Assert.Single(tooMany.Body.GetProperty("errors").GetProperty("quantity").EnumerateArray());
        (await mall.AddItem(basket, dear)).MustBe(409, "basket-too-expensive");
        (await mall.Baskets.Delete($"/api/baskets/{basket}/items/{cheap}")).Must(200);
        (await mall.AddItem(basket, dear)).Must(200);
    }

    [Fact]
    public async Task A_price_that_changed_is_shown_before_it_is_accepted() // Scenario 5.
    {
        var store = await mall.OpenStore();
        var (tea, cup) = (await mall.AddProduct(store, 10m), await mall.AddProduct(store, 20m, "Cup"));
        var basket = await mall.StartBasket();
        (await mall.AddItem(basket, tea, 2)).Must(200);
        (await mall.AddItem(basket, cup)).Must(200);
        await mall.ChangePrice(tea, 12.50m);
        await mall.ChangePrice(cup, 15m);

        var outdated = (await mall.CheckOut(basket, key: "k-1")).MustBe(409, "basket-outdated");
        Assert.Equal(
            [(tea, "Tea", "priceChanged", 10m, 12.50m), (cup, "Cup", "priceChanged", 20m, 15m)],
            Changes(outdated).Select(change => (
                change.GetProperty("productId").GetString()!, change.GetProperty("productName").GetString()!, change.GetProperty("kind").GetString()!,
                change.GetProperty("oldPrice").GetDecimal(), change.GetProperty("newPrice").GetDecimal())));
        var shown = (await mall.Baskets.Get($"/api/baskets/{basket}")).Must(200);
        Assert.Equal((40m, "open"), (shown.Money("total"), shown.Text("status")));

        // A refusal that came with a change is remembered: the same key gives it again.
        var again = (await mall.CheckOut(basket, key: "k-1")).MustBe(409, "basket-outdated");
        Assert.Equal(outdated.Body.GetProperty("changes").ToString(), again.Body.GetProperty("changes").ToString());
        Assert.Equal(shown.Headers.ETag, (await mall.Baskets.Get($"/api/baskets/{basket}")).Headers.ETag);
        (await mall.CheckOut(basket, key: "k-2")).Must(202);
        Assert.Equal(40m, (await mall.Baskets.Get($"/api/baskets/{basket}")).Money("total"));
    }

    [Fact]
    public async Task A_product_that_was_removed_is_left_out_by_the_next_checkout()
    {
        var store = await mall.OpenStore();
        var (tea, cup) = (await mall.AddProduct(store, 10m), await mall.AddProduct(store, 20m));
        var basket = await mall.StartBasket();
        (await mall.AddItem(basket, tea)).Must(200);
        (await mall.AddItem(basket, cup)).Must(200);
        await mall.RemoveProduct(cup);
        var change = Assert.Single(Changes((await mall.CheckOut(basket)).MustBe(409, "basket-outdated")));
        Assert.Equal((cup, "productRemoved", false), (change.GetProperty("productId").GetString(), change.GetProperty("kind").GetString(), change.TryGetProperty("newPrice", out _)));
        var shown = (await mall.Baskets.Get($"/api/baskets/{basket}")).Must(200);
        Assert.Equal(10m, shown.Money("total"));
        Assert.Equal([false, true], shown.Items.Select(line => line.GetProperty("unavailable").GetBoolean()));
        (await mall.CheckOut(basket)).Must(202);
        Assert.Equal(tea, Assert.Single((await mall.Baskets.Get($"/api/baskets/{basket}")).Items).GetProperty("productId").GetString());
    }

    [Fact]
    public async Task A_store_that_left_takes_its_lines_with_it_and_brings_them_back()
    {
        var store = await mall.OpenStore();
        var tea = await mall.AddProduct(store, 10m);
        var basket = await mall.StartBasket();
        (await mall.AddItem(basket, tea)).Must(200);
        await mall.SetParticipation(store, false);
        Assert.Equal("storeLeft", Assert.Single(Changes((await mall.CheckOut(basket)).MustBe(409, "basket-outdated"))).GetProperty("kind").GetString());
        (await mall.CheckOut(basket)).MustBe(409, "basket-empty");
        await mall.SetParticipation(store, true);
        Assert.Equal("storeReturned", Assert.Single(Changes((await mall.CheckOut(basket)).MustBe(409, "basket-outdated"))).GetProperty("kind").GetString());
        (await mall.CheckOut(basket)).Must(202);
    }

    [Fact]
    public async Task Other_names_change_nothing_in_a_basket()
    {
        var store = await mall.OpenStore();
        var tea = await mall.AddProduct(store);
        var basket = await mall.StartBasket();
        (await mall.AddItem(basket, tea)).Must(200);
        (await mall.Stores.Put($"/api/products/{tea}", new { name = "Sencha", description = "" })).Must(200);
        await mall.Heard<MallBots.Baskets.Subscriptions.ProductCopy>(tea, copy => copy.Value.Name == "Sencha");
        (await mall.CheckOut(basket)).Must(202);
        Assert.Equal("Tea", (await mall.Baskets.Get($"/api/baskets/{basket}")).Items.Single().GetProperty("productName").GetString());
    }

    [Fact]
    public async Task The_same_key_adds_once() // Scenario 22.
    {
        var tea = await mall.AddProduct(await mall.OpenStore());
        var basket = await mall.StartBasket();
        (await mall.AddItem(basket, tea, 2, "k-1")).Must(200);
        Assert.Equal(2, (await mall.AddItem(basket, tea, 2, "k-1")).Must(200).Items.Single().GetProperty("quantity").GetInt32());
        Assert.Equal(4, (await mall.AddItem(basket, tea, 2, "k-2")).Must(200).Items.Single().GetProperty("quantity").GetInt32());
        (await mall.AddItem(basket, tea, 3, "k-2")).MustBe(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Items_that_are_added_at_once_are_all_in()
    {
        var tea = await mall.AddProduct(await mall.OpenStore());
        var basket = await mall.StartBasket();
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => mall.AddItem(basket, tea))), answer => answer.Must(200));
        var shown = (await mall.Baskets.Get($"/api/baskets/{basket}")).Must(200);
        Assert.Equal((20, 200m), (shown.Items.Single().GetProperty("quantity").GetInt32(), shown.Money("total")));
    }

    [Fact]
    public async Task Of_two_checkouts_with_different_payments_at_once_one_wins()
    {
        var tea = await mall.AddProduct(await mall.OpenStore());
        var basket = await mall.StartBasket();
        (await mall.AddItem(basket, tea)).Must(200);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async number => (Payment: $"pay-{number}", Reply: await mall.CheckOut(basket, $"pay-{number}"))));
        var winner = Assert.Single(answers, answer => answer.Reply.Status == 202);
        Assert.All(answers.Where(answer => answer != winner), answer => answer.Reply.MustBe(409, "basket-not-open"));
        Assert.Equal(winner.Payment, (await mall.Baskets.Get($"/api/baskets/{basket}")).Text("paymentId"));
    }

    [Fact]
    public async Task A_basket_is_canceled_once_and_for_all()
    {
        var tea = await mall.AddProduct(await mall.OpenStore());
        var basket = await mall.StartBasket();
        (await mall.Baskets.Delete($"/api/baskets/{basket}")).Must(204);
        (await mall.Baskets.Delete($"/api/baskets/{basket}")).Must(204);
        Assert.Equal("canceled", (await mall.Baskets.Get($"/api/baskets/{basket}")).Must(200).Text("status"));
        (await mall.AddItem(basket, tea)).MustBe(409, "basket-not-open");
        (await mall.CheckOut(basket)).MustBe(409, "basket-not-open");
    }

    [Fact]
    public async Task Baskets_are_listed_by_customer_and_status()
    {
        var customer = await mall.Register();
        var (first, second) = (await mall.StartBasket(customer), await mall.StartBasket(customer));
        (await mall.Baskets.Delete($"/api/baskets/{first}")).Must(204);
        async Task<List<string?>> List(string query) =>
            [.. (await mall.Baskets.Get($"/api/baskets?customerId={customer}{query}")).Must(200).Items.Select(basket => basket.GetProperty("basketId").GetString())];
        await Eventually.True(async () => (await List("")).Count == 2);
        Assert.Equal([second, first], await List(""));
        Assert.Equal([first], await List("&status=canceled"));
        Assert.Equal([second], await List("&status=open"));
        Assert.Empty(await List("&status=checkedOut"));
        Assert.Contains((await mall.Baskets.Get("/api/baskets?limit=200")).Items, basket => basket.GetProperty("basketId").GetString() == first);
    }

    [Theory]
    [InlineData("POST", "/api/baskets", "{}", 400, "invalid-request")]
    [InlineData("POST", "/api/baskets", "{\"customerId\":\"a.b\"}", 400, "invalid-request")]
    [InlineData("POST", "/api/baskets", "{\"customerId\":5}", 400, "invalid-request")]
    [InlineData("POST", "/api/baskets", "{\"customerId\":\"a\",\"x\":1}", 400, "invalid-request")]
    [InlineData("GET", "/api/baskets/nothing", null, 404, "basket-unknown")]
    [InlineData("GET", "/api/baskets/a||b", null, 404, "basket-unknown")]
    [InlineData("GET", "/api/baskets?customerId=a||b", null, 400, "invalid-request")]
    [InlineData("GET", "/api/baskets?status=checked-out", null, 400, "invalid-request")]
    [InlineData("GET", "/api/baskets?cursor=!", null, 400, "invalid-request")]
    [InlineData("POST", "/api/baskets/nothing/items", "{\"productId\":\"p\",\"quantity\":1}", 404, "basket-unknown")]
    [InlineData("POST", "/api/baskets/nothing/items", "{\"productId\":\"p.q\",\"quantity\":1}", 400, "invalid-request")]
    [InlineData("POST", "/api/baskets/nothing/items", "{\"productId\":\"p\",\"quantity\":1.5}", 400, "invalid-request")]
    [InlineData("POST", "/api/baskets/nothing/items", "{\"productId\":\"p\"}", 400, "invalid-request")]
    [InlineData("DELETE", "/api/baskets/nothing/items/p", null, 404, "basket-unknown")]
    [InlineData("DELETE", "/api/baskets/nothing/items/p.q", null, 404, "product-unknown")]
    [InlineData("DELETE", "/api/baskets/nothing", null, 404, "basket-unknown")]
    [InlineData("POST", "/api/baskets/nothing/checkout", "{\"paymentId\":\"p\"}", 404, "basket-unknown")]
    [InlineData("POST", "/api/baskets/nothing/checkout", "{\"paymentId\":\"\"}", 400, "invalid-request")]
    [InlineData("POST", "/api/baskets/nothing/checkout", "", 400, "invalid-request")]
    public async Task Bad_input_is_a_problem_document(string method, string path, string? body, int status, string code) =>
        (await mall.Baskets.Send(new HttpMethod(method), path, body)).MustBe(status, code);

    static IEnumerable<JsonElement> Changes(Reply reply) => reply.Body.GetProperty("changes").EnumerateArray();
}

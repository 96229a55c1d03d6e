using Xunit;

namespace MallBots.Mall.Tests.Values;

/// <summary>What becomes of the numbers that are taken: the same value is the same price and the same request, whatever its notation (specification 2).</summary>
public class ExactPriceTests(RunningMall running)
{
    static readonly string[] Notations = ["14.9", "14.90", "14.900", "1.49e1", "149E-1"];

    [Fact]
    public async Task A_price_is_one_request_under_one_key_in_every_notation_and_is_answered_with_two_places()
    {
        var shop = running.Gateway;
        var store = await shop.Store();
        var answers = new HashSet<string>();
        foreach (var price in Notations)
        {
            var added = await shop.Post($"/api/stores/{store}/products", $$"""{"name":"Tea","description":"","sku":"T-1","price":{{price}}}""", key: $"exact-{store}");
            answers.Add(added.Expect(201).Body.GetRawText());
            Assert.Equal("14.90", added.Body.GetProperty("price").GetRawText());
        }

        Assert.Single(answers);
        await shop.Until("/api/search/products?storeId=" + store, found => found.Body.GetProperty("items") is var items && items.GetArrayLength() == 1 && items[0].GetProperty("price").GetRawText() == "14.90");
        (await shop.Post($"/api/stores/{store}/products", """{"name":"Tea","description":"","sku":"T-1","price":14.91}""", key: $"exact-{store}")).ExpectProblem(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task The_same_price_in_another_notation_changes_nothing()
    {
        var shop = running.Gateway;
        var product = await shop.Product(await shop.Store(), price: 14.90m);
        var before = (await shop.Get($"/api/products/{product}")).Expect(200);
        foreach (var price in Notations)
        {
            var set = (await shop.Put($"/api/products/{product}/price", $$"""{"price":{{price}}}""")).Expect(200);
            Assert.Equal((before.Headers.ETag, before.Body.GetRawText()), (set.Headers.ETag, set.Body.GetRawText()));
        }

        var refused = await shop.Put($"/api/products/{product}/price", """{"price":99.99999999999999999999999999999999}""");
        Assert.Equal("price: must have at most two decimal places, not 99.99999999999999999999999999999999.", refused.ExpectProblem(400, "invalid-request").Text("detail"));
        Assert.Equal(before.Headers.ETag, (await shop.Get($"/api/products/{product}")).Headers.ETag);
    }

    [Fact]
    public async Task Right_after_the_checkout_canceling_says_what_looking_says()
    {
        using var table = new Table(running.Mall);
        var operations = await Operation.All(running.Mall);
        var look = await table.Send(operations.Single(each => each is { Method: "GET", Path: "/api/orders/{orderId}" }), "/api/orders/not-yet", null);
        var cancel = await table.Send(operations.Single(each => each is { Method: "POST", Path: "/api/orders/{orderId}/cancel" }), "/api/orders/not-yet/cancel", """{"reason":""}"""u8.ToArray());
        Assert.Equal((404, "1"), (cancel.Code, cancel.Headers.RetryAfter?.ToString()));
        Assert.Equal((look.Problem, look.Text("title"), look.Text("detail"), look.Headers.RetryAfter), (cancel.Problem, cancel.Text("title"), cancel.Text("detail"), cancel.Headers.RetryAfter));
    }
}

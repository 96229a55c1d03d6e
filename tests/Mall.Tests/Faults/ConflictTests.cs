using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>Fifty commands at once on one aggregate, with answers of the store that are cut or wrong: all are answered, none is lost, none is done twice.</summary>
public sealed class ConflictTests
{
    const int AtOnce = 50;

    [Fact]
    public async Task Fifty_commands_at_once_on_one_aggregate_are_all_answered_none_is_lost_and_none_is_done_twice()
    {
        await using var mall = await FaultMall.Start();
        var gateway = mall.Gateway;
        var (store, customer) = (await gateway.Store(), await gateway.Customer());
        var (product, hot) = (await gateway.Product(store, 2m), await gateway.Product(store, 1m));
        (mall.Traps.CutAnswers, mall.Traps.FalseConflicts) = (0.03, 0.05);

        await ItemsOfOneBasket(mall, await Shoppers.Insistent(() => gateway.Basket(customer)), product);
        await PricesOfOneProduct(mall, hot);
        await OneSku(mall, store);
        await CheckoutsOfOneBasketAndPaymentsOfItsInvoice(mall, customer, product);

        (mall.Traps.CutAnswers, mall.Traps.FalseConflicts) = (0, 0);
        await mall.NothingIsWrong();
    }

    static async Task ItemsOfOneBasket(FaultMall mall, string basket, string product)
    {
        using var baskets = mall.Direct(Apps.Baskets);
        Task<Answer> Add(int number) => baskets.Post($"/api/baskets/{basket}/items", new { productId = product, quantity = 1 }, $"item-{number}");
        var answers = await All(Add);
        Assert.All(answers, answer => Assert.True(answer.Code == 200 || Passing(answer), $"{answer.Code}: {answer.Body}"));

        // What was answered is in the basket; a 503 may be.
        var quantity = await Quantity();
        Assert.InRange(quantity, answers.Count(answer => answer.Code == 200), AtOnce);
        await All(number => Shoppers.Repeat(() => Add(number)));
        Assert.Equal(AtOnce, await Quantity());

        async Task<int> Quantity() => (await Shoppers.Repeat(() => baskets.Get($"/api/baskets/{basket}"))).Expect(200).Body.GetProperty("items").EnumerateArray().Sum(item => item.GetProperty("quantity").GetInt32());
    }

    static async Task PricesOfOneProduct(FaultMall mall, string product)
    {
        using var stores = mall.Direct(Apps.Stores);
        var answers = await All(number => stores.Put($"/api/products/{product}/price", new { price = 10m + number }));
        Assert.All(answers, answer => Assert.True(answer.Code == 200 || Passing(answer), $"{answer.Code}: {answer.Body}"));

        // A PUT has no key, so each was sent once: one event for each that was answered, at most one for each 503.
        var life = await mall.Events(Apps.Stores, "product", product);
        Assert.True(life.Rebuilt);
        Assert.InRange(life.Events.Count(happened => happened.Type.StartsWith("ProductPrice", StringComparison.Ordinal)), answers.Count(answer => answer.Code == 200), AtOnce);
        var price = (await stores.Get($"/api/products/{product}")).Expect(200).Number("price");
        var last = answers.FirstOrDefault(answer => answer.Code == 200 && answer.Headers.ETag?.Tag == $"\"{life.Version}\"");
        Assert.True(last is null ? price is >= 10 and < 10 + AtOnce : last.Number("price") == price, $"The price is {price}.");
    }

    static async Task OneSku(FaultMall mall, string store)
    {
        using var stores = mall.Direct(Apps.Stores);
        Task<Answer> Add(int number) => stores.Post($"/api/stores/{store}/products", new { name = $"Tea {number}", description = "Fine.", sku = "ONE", price = 3m }, $"sku-{number}");
        Assert.All(await All(Add), answer => Assert.True(answer.Code == 201 || Passing(answer) || answer is { Code: 409, Problem: "sku-taken" }, $"{answer.Code}: {answer.Body}"));
        var answers = await All(number => Shoppers.Repeat(() => Add(number)));
        var winner = Assert.Single(answers, answer => answer.Code == 201).Text("productId");
        Assert.All(answers.Where(answer => answer.Code != 201), answer => answer.ExpectProblem(409, "sku-taken"));
        await TestKit.Eventually.True(async () => (await Products()).SequenceEqual([winner]), FaultMall.Patience, "one product with this SKU");

        async Task<List<string>> Products() => [.. (await Shoppers.Repeat(() => stores.Get($"/api/stores/{store}/products?limit=200"))).Expect(200).Body.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("sku").GetString() == "ONE").Select(item => item.GetProperty("productId").GetString()!)];
    }

    static async Task CheckoutsOfOneBasketAndPaymentsOfItsInvoice(FaultMall mall, string customer, string product)
    {
        using var baskets = mall.Direct(Apps.Baskets);
        using var payments = mall.Direct(Apps.Payments);
        var payment = await Shoppers.Insistent(() => mall.Gateway.Payment(customer, 100m));
        var basket = await Shoppers.Insistent(() => mall.Gateway.Basket(customer, (product, 2)));
        var checkouts = await All(number => Shoppers.Repeat(() => baskets.Post($"/api/baskets/{basket}/checkout", new { paymentId = payment }, $"checkout-{number}")));
        Assert.All(checkouts, answer => Assert.Equal(basket, answer.Expect(202).Text("orderId")));
        await TestKit.Eventually.True(async () => await mall.Gateway.Get($"/api/invoices/{basket}") is { Code: 200 } invoice && invoice.Text("status") == "pending", FaultMall.Patience, "the invoice is there");
        var paid = await All(number => Shoppers.Repeat(() => payments.Post($"/api/invoices/{basket}/pay", null, $"pay-{number}")));
        Assert.All(paid, answer => Assert.True((answer.Code, answer.Text("status")) is (200, "paid") or (202, "paying"), $"{answer.Code}: {answer.Body}"));
        await TestKit.Eventually.True(async () => await payments.Get($"/api/invoices/{basket}") is { Code: 200 } invoice && invoice.Text("status") == "paid", FaultMall.Patience, "the invoice is paid");
        Assert.Single((await mall.Events(Apps.Payments, "payment", payment)).Events, happened => happened.Type == "PaymentCaptured");
    }

    static Task<Answer[]> All(Func<int, Task<Answer>> command) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(command));

    static bool Passing(Answer answer) => answer is { Code: 503, Problem: "busy" or "unavailable" };
}

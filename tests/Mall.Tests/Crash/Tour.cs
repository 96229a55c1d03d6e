using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Crash;

/// <summary>
/// What goes on in a mall: every command of every service, with all ends that an order can have. Told over the public APIs, by somebody who insists on
/// an answer.
/// </summary>
sealed class Tour(CrashingMall mall)
{
    static readonly decimal[] Prices = [3m, 6m, 5m]; // One up, one down.
    readonly MallDriver kiosk = mall.Gateway;
    string customer = "", store = "", product = "", gone = "", payment = "", bot = "";

    /// <summary>Ids of what there is, by the names of fields; under the empty name that of an order, its basket, list and invoice.</summary>
    public IReadOnlyDictionary<string, string> Ids => new Dictionary<string, string>
    {
        ["customerId"] = customer,
        ["productId"] = product,
        ["storeId"] = store,
        ["botId"] = bot,
        ["paymentId"] = payment,
        ["app"] = Apps.Baskets,
        [""] = Orders.Keys.First(),
    };

    /// <summary>The orders, and how each must end.</summary>
    public ConcurrentDictionary<string, OrderStatus> Orders { get; } = new();

    public async Task Run()
    {
        await Task.WhenAll(OpenStores(), RegisterCustomers());
        await Task.WhenAll(
            Paid(), Canceled(), CanceledTooLate(), CanceledWhileNothingGoesOn(), WithoutPayment(), NotPaid(), GivenUp(), DeadLetters(), Rebuilt());
        (await kiosk.Delete($"/api/products/{gone}")).Expect(204);
    }

    async Task OpenStores()
    {
        store = await kiosk.Store("Tee Haus");
        (await kiosk.Put($"/api/stores/{store}/name", new { name = "Tea House" })).Expect(200);
        product = await kiosk.Product(store, Prices[0], "Tea");
        (await kiosk.Put($"/api/products/{product}", new { name = "Black tea", description = "Strong." })).Expect(200);
        foreach (var price in Prices[1..]) (await kiosk.Put($"/api/products/{product}/price", new { price })).Expect(200);
        gone = await kiosk.Product(store, 2m, "Old tea");
        (await kiosk.Put($"/api/stores/{await kiosk.Store("Closed")}/participation", new { participating = false })).Expect(200);
    }

    async Task RegisterCustomers()
    {
        customer = await kiosk.Customer();
        (await kiosk.Put($"/api/customers/{customer}/sms-number", new { smsNumber = "+491707654321" })).Expect(200);
        foreach (var enabled in new[] { false, true }) (await kiosk.Put($"/api/customers/{customer}/enabled", new { enabled })).Expect(200);
    }

    /// <summary>An order from its basket to its paid invoice, with a dead letter on the way that can be redriven once the invoice is there.</summary>
    async Task Paid()
    {
        var order = await Approved(OrderStatus.Completed);
        await PoisonThatHealsWithTheInvoice(order);
        await Collect(order);
        await kiosk.Until($"/api/invoices/{order}", answer => answer.Code == 200);
        var redriven = await kiosk.Post($"/api/dead-letters/{Apps.Payments}/ordering-order-{order}/redrive");
        Assert.True(redriven.Code is 204 or 404, $"{redriven.Code} {redriven.Body}"); // The second time it is gone.

        (await kiosk.Put($"/api/invoices/{order}/amount", new { amount = 4.13m })).Expect(200);
        var declined = await kiosk.Post($"/api/invoices/{order}/pay");
        Assert.True(declined.Code is 409 or 202, $"{declined.Code} {declined.Body}"); // After a crash the provider is asked in the background.
        await kiosk.Until($"/api/invoices/{order}", answer => answer.Text("status") == "pending");
        (await kiosk.Put($"/api/invoices/{order}/amount", new { amount = 4m })).Expect(200);
        var paid = await kiosk.Post($"/api/invoices/{order}/pay");
        Assert.True(paid.Code is 200 or 202, $"{paid.Code} {paid.Body}");
        await kiosk.OrderIs(order, OrderStatus.Completed);
    }

    async Task Canceled()
    {
        var order = await Approved(OrderStatus.Canceled);
        (await kiosk.Post($"/api/orders/{order}/cancel", new { reason = "No more thirst" })).Expect(202);
        await kiosk.OrderIs(order, OrderStatus.Canceled);
    }

    /// <summary>A bot has the list, but ordering has not heard of it: the wish is accepted, and the depot refuses it.</summary>
    async Task CanceledTooLate()
    {
        for (var attempt = 1; ; attempt++)
        {
            var order = await Approved(OrderStatus.Ready);
            string with;
            Answer asked;
            using (mall.Away($"{Apps.Ordering} hears {Topics.ShoppingList.Name}", order))
            {
                with = await Assigned(order);
                asked = await kiosk.Post($"/api/orders/{order}/cancel", new { reason = "No more thirst" });
                if (asked.Code == 202) await kiosk.Until($"/api/orders/{order}", answer => answer.Body.GetProperty("history").EnumerateArray().Any(entry => entry.GetProperty("event").GetString() == "order-cancel-refused"));
            }

            await Collect(order, with);
            if (asked.Code == 202) break;
            Assert.True(attempt < 20, $"{asked.Code} {asked.Body}"); // After a crash ordering catches up with the depot, and knows.
        }
    }

    /// <summary>An operator is called, the customer cancels.</summary>
    async Task CanceledWhileNothingGoesOn()
    {
        var basket = await kiosk.Basket(customer, (product, 1));
        using (mall.Away($"{Apps.Depot} POST /internal/{CreateShoppingList.Route}", basket))
        {
            await CheckOut(basket, await Held(20m));
            Orders[basket] = OrderStatus.Canceled;
            await kiosk.Until($"/api/order-workflows/{basket}", answer => answer.Code == 200 && answer.Text("status") == "needsAttention");
            (await kiosk.Post($"/api/order-workflows/{basket}/resume", new { decision = "retry", step = CreateShoppingList.Route, text = "Once more" })).Expect(200);
            (await kiosk.Post($"/api/orders/{basket}/cancel", new { reason = "It takes too long" })).Expect(202);
            await kiosk.OrderIs(basket, OrderStatus.Canceled);
        }
    }

    async Task WithoutPayment()
    {
        var declined = await kiosk.Post("/api/payments", new { customerId = customer, amount = 10.13m });
        Assert.True(declined.Code is 409 or 202, $"{declined.Code} {declined.Body}");
        var order = await CheckOut(await kiosk.Basket(customer, (product, 1)), "nobody-knows-it");
        Orders[order] = OrderStatus.Rejected;
        await kiosk.OrderIs(order, OrderStatus.Rejected);
    }

    async Task NotPaid()
    {
        var order = await Approved(OrderStatus.Canceled);
        await Collect(order);
        await kiosk.Until($"/api/invoices/{order}", answer => answer.Code == 200);
        (await kiosk.Delete($"/api/invoices/{order}")).Expect(204);
        await kiosk.OrderIs(order, OrderStatus.Canceled);
    }

    async Task GivenUp()
    {
        payment = await Held(7m);
        (await kiosk.Delete($"/api/payments/{payment}")).Expect(204);
        (await kiosk.Delete($"/api/baskets/{await kiosk.Basket(customer, (product, 1))}")).Expect(204);
        bot = await Bot();
        (await kiosk.Put($"/api/bots/{bot}/online", new { online = false })).Expect(200);
    }

    async Task Rebuilt() => (await kiosk.Post("/api/search/rebuild")).Expect(202);

    /// <summary>Every service that hears of others gets something unreadable; it still is when it is redriven, and is dropped.</summary>
    async Task DeadLetters()
    {
        await Eventually.True(() => Task.FromResult(mall.HasBegun), what: "the operations are known");
        foreach (var hearer in mall.Operations.Where(operation => operation.Topic is not null).DistinctBy(operation => operation.App))
        {
            using var inside = mall.Inside(hearer.App);
            (await inside.Post(hearer.Pattern, """{ "type": "mallbots.nobody.unreadable.v1" }""")).Expect(200);
            JsonElement letter = default;
            await kiosk.Until($"/api/dead-letters?app={hearer.App}", answer =>
            {
                letter = answer.Expect(200).Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("deadLetter"))
                    .FirstOrDefault(item => item.GetProperty("id").GetString()!.Contains("unreadable", StringComparison.Ordinal));
                return letter.ValueKind != JsonValueKind.Undefined;
            });
            var path = $"/api/dead-letters/{hearer.App}/{letter.GetProperty("id").GetString()}";
            (await kiosk.Post($"{path}/redrive")).Expect(409);
            (await kiosk.Delete(path)).Expect(204);
        }
    }

    /// <summary>What payments could be told of an order only by a defect: it is ready and costs more than was held. It does no harm once the true invoice is there.</summary>
    async Task PoisonThatHealsWithTheInvoice(string order)
    {
        var told = JsonNode.Parse((await kiosk.Get($"/api/orders/{order}")).Expect(200).Body.GetRawText())!;
        (told["status"], told["total"]) = ("ready", 1_000_000m);
        using var payments = mall.Inside(Apps.Payments);
        (await payments.Post($"/events/{Topics.Order.Name}", new
        {
            specversion = "1.0",
            id = $"order.{order}.99",
            source = Apps.Ordering,
            type = "mallbots.ordering.order-readied.v1",
            subject = order,
            aggregateversion = "99",
            data = new { removed = false, value = told },
        })).Expect(200);
    }

    async Task<string> Approved(OrderStatus end)
    {
        var basket = await kiosk.Basket(customer, (product, 1), (gone, 2), (product, 1));
        (await kiosk.Delete($"/api/baskets/{basket}/items/{gone}")).Expect(200);
        var order = await CheckOut(basket, await Held(20m));
        Orders[order] = end;
        var approved = (await kiosk.OrderIs(order, OrderStatus.Approved)).Body;
        var item = Assert.Single(approved.GetProperty("items").EnumerateArray());
        Assert.Equal((product, 2), (item.GetProperty("productId").GetString(), item.GetProperty("quantity").GetInt32()));
        // What the customer saw and agreed to: baskets hear of a price when its event comes, and crashes may keep that away until long after the checkout.
        var agreed = (await kiosk.Get($"/api/baskets/{basket}")).Expect(200).Number("total");
        Assert.Contains(agreed, Prices.Select(price => 2 * price));
        Assert.Equal(agreed, approved.GetProperty("total").GetDecimal());
        return order;
    }

    /// <summary>A payment whose amount is held, at once or in the background.</summary>
    async Task<string> Held(decimal amount)
    {
        var answer = await kiosk.Post("/api/payments", new { customerId = customer, amount });
        Assert.True(answer.Code is 201 or 202, $"{answer.Code} {answer.Body}");
        var id = answer.Text("paymentId");
        await kiosk.Until($"/api/payments/{id}", payment => payment.Text("status") == "authorized");
        return id;
    }

    /// <summary>Events of the stores may have been late when something was put in: what the basket shows then is checked out again.</summary>
    async Task<string> CheckOut(string basket, string with)
    {
        while (true)
        {
            var answer = await kiosk.Post($"/api/baskets/{basket}/checkout", new { paymentId = with });
            if (answer.Problem != "basket-outdated") return answer.Expect(202).Text("orderId");
        }
    }

    async Task<string> Bot()
    {
        var id = (await kiosk.Post("/api/bots", new { name = "Rolly" })).Expect(201).Text("botId");
        (await kiosk.Put($"/api/bots/{id}/online", new { online = true })).Expect(200);
        return id;
    }

    async Task<string> Assigned(string order)
    {
        var botId = await Bot();
        await kiosk.Until($"/api/shopping-lists/{order}", answer => answer.Code == 200 && answer.Text("status") == "available");
        (await kiosk.Post($"/api/shopping-lists/{order}/assign", new { botId })).Expect(200);
        return botId;
    }

    /// <summary>A bot takes the list, picks one thing and finds the rest at the depot.</summary>
    async Task Collect(string order, string? with = null)
    {
        var botId = with ?? await Assigned(order);
        var stop = (await kiosk.Get($"/api/shopping-lists/{order}")).Expect(200).Body.GetProperty("stops")[0];
        var picked = (await kiosk.Post($"/api/shopping-lists/{order}/pick", new { botId, storeId = stop.GetProperty("storeId").GetString(), productId = product, quantity = 1 })).Expect(200);
        Assert.Equal(1, picked.Body.GetProperty("stops")[0].GetProperty("items")[0].GetProperty("picked").GetInt32());
        (await kiosk.Post($"/api/shopping-lists/{order}/complete", new { botId, everything = true })).Expect(200);
        await kiosk.Until($"/api/orders/{order}", answer => answer.Text("status") is "ready" or "completed" or "canceled");
    }
}

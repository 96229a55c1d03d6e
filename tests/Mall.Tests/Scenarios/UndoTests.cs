using System.Text.Json;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Scenarios;

/// <summary>Scenario 9: an undo that fails for long needs an operator's attention; operators try it again, or give it up, which stays listed.</summary>
[Collection<DrivenByHand>]
public sealed class UndoTests(HandDrivenMall mall) : IAsyncLifetime
{
    // Attention at the first fault, and an hour until the workflow would try again by itself: what happens is the operator's doing.
    static readonly (string, string?)[] Strict =
    [
        ("Workflow:AttentionAfter", "00:00:00"), ("Workflow:FirstDelay", "01:00:00"), ("Workflow:LongestDelay", "01:00:00"), ("Workflow:StuckAfter", "02:00:00"),
    ];

    public async ValueTask InitializeAsync() => await mall.RestartWorkflows(changed: Strict);

    public async ValueTask DisposeAsync() => await mall.RestartWorkflows(changed: [.. Strict.Select(setting => (setting.Item1, (string?)null))]);

    [Fact]
    public async Task An_undo_that_fails_because_payments_is_away_waits_until_an_operator_retries()
    {
        var basket = await mall.Fill((await mall.Gateway.Product(await mall.Gateway.Store(), 4m), 2));
        (await mall.Gateway.Put($"/api/customers/{basket.Customer}/enabled", new { enabled = false })).Expect(200);
        await mall.Mall.StopServiceAsync(Apps.Payments);
        await mall.Gateway.Checkout(basket.Order, basket.Payment);

        Assert.Equal(1, Attempts(await NeedsAttentionAt("release-payment", basket)));
        Assert.Equal("rejected", (await mall.Gateway.Get($"/api/orders/{basket.Order}")).Expect(200).Text("status"));
        (await Resume(basket, "retry", "release-payment", "Is payments back?")).Expect(200);
        await mall.Gateway.Until($"/api/order-workflows/{basket.Order}", workflow => Attempts(workflow) == 2 && workflow.Text("status") == "needsAttention");

        await mall.Mall.StartServiceAsync(Apps.Payments, TestContext.Current.CancellationToken);
        (await Resume(basket, "retry", "release-payment", "It is back")).Expect(200);
        var ended = await Ended(basket);
        Assert.Equal(3, Attempts(ended));
        Assert.Equal(["Is payments back?", "It is back"], ended.Body.GetProperty("runs")[0].GetProperty("operatorTexts").EnumerateArray().Select(text => text.GetString()));
        await mall.Gateway.PaymentIs(basket.Payment, "released");
        await mall.Gateway.ListIs(basket.Order, "canceled");
        await mall.Gateway.Told(basket.Order, "orderReceived", "orderRejected");

        static int Attempts(Answer workflow) => Step(workflow.Body, "release-payment").GetProperty("attempts").GetInt32();
    }

    [Fact]
    public async Task An_undo_that_an_operator_gives_up_is_left_undone_and_listed_with_the_operators_words()
    {
        var customer = await mall.Gateway.Customer();
        var payment = await mall.Gateway.Payment(customer, 1m);
        var order = await mall.Gateway.Basket(customer, (await mall.Gateway.Product(await mall.Gateway.Store(), 4m), 2));
        var basket = new Basket(order, customer, payment);
        var gate = mall.Gates.Fail("cancel-shopping-list", order);
        await mall.Gateway.Checkout(order, payment);
        await NeedsAttentionAt("cancel-shopping-list", basket);
        Assert.Equal("payment-amount-too-low", (await mall.Gateway.OrderIs(order, "rejected")).Body.GetProperty("reason").GetProperty("code").GetString());

        (await Resume(basket, "give-up", "cancel-shopping-list", "Taken off the board by hand")).Expect(200);
        await Ended(basket);
        gate.Open();
        var listed = await Listed(order, "");
        Assert.Equal("rejected", listed.GetProperty("outcome").GetString());
        Assert.Equal("approved", Step(listed, "release-payment").GetProperty("outcome").GetString());
        var givenUp = Step(listed, "cancel-shopping-list");
        Assert.Equal(("givenUp", "Taken off the board by hand"), (givenUp.GetProperty("outcome").GetString(), givenUp.GetProperty("text").GetString()));
        await mall.Gateway.PaymentIs(payment, "released");
        await mall.Gateway.ListIs(order, "pending"); // Nothing does it any more; no bot gets it.
        await mall.Gateway.Told(order, "orderReceived", "orderRejected");
    }

    /// <summary>The workflow, once it waits for an operator at this step, and stands in the list of those that do. What a busy machine let fail on the way is tried again.</summary>
    async Task<Answer> NeedsAttentionAt(string step, Basket basket)
    {
        var waiting = await mall.Gateway.Until($"/api/order-workflows/{basket.Order}", workflow => workflow.Code == 200 && workflow.Text("status") == "needsAttention");
        if (waiting.Text("step") != step)
        {
            await Resume(basket, "retry", waiting.Text("step"), "Not the one that is to fail");
            return await NeedsAttentionAt(step, basket);
        }

        await Listed(basket.Order, "&status=needsAttention");
        return waiting;
    }

    async Task<JsonElement> Listed(string order, string filter)
    {
        JsonElement? found = null;
        await Eventually.True(async () =>
        {
            var list = (await mall.Gateway.Get($"/api/order-workflows?limit=200{filter}")).Expect(200);
            found = list.Items.Where(item => item.GetProperty("orderId").GetString() == order).Select(item => (JsonElement?)item).SingleOrDefault();
            return found is not null;
        }, what: $"{order} is listed{filter}");
        return found!.Value;
    }

    Task<Answer> Ended(Basket basket) => mall.Gateway.Until($"/api/order-workflows/{basket.Order}", workflow => workflow.Text("status") == "ended");

    Task<Answer> Resume(Basket basket, string decision, string step, string text) =>
        mall.Gateway.Post($"/api/order-workflows/{basket.Order}/resume", new { decision, step, text });

    static JsonElement Step(JsonElement workflow, string name) => workflow.GetProperty("steps").EnumerateArray().Single(step => step.GetProperty("name").GetString() == name);
}

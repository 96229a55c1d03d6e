using MallBots.TestKit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>Kiosks that do not give up: whatever is answered for the moment only is tried again.</summary>
static class Shoppers
{
    /// <summary>Orders of which every third has a payment that nobody knows; each must come to the end that it should have.</summary>
    public static async Task ShopUntilAllIsOver(MallDriver gateway, int orders, int atOnce = 4)
    {
        var store = await Insistent(() => gateway.Store());
        var products = new List<string>();
        for (var i = 0; i < 3; i++) products.Add(await Insistent(() => gateway.Product(store, 2m + i)));
        var customer = await Insistent(() => gateway.Customer());
        await Parallel.ForEachAsync(Enumerable.Range(0, orders), new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (number, _) =>
        {
            var good = number % 3 != 2;
            var payment = good ? await Insistent(() => gateway.Payment(customer, 100m)) : "nobody-knows-it";
            var basket = await Insistent(() => gateway.Basket(customer, (products[number % 3], 1 + number % 4)));
            await Insistent(() => gateway.Checkout(basket, payment));
            var wanted = good ? "ready" : "rejected";
            await Eventually.True(
                async () => await gateway.Get($"/api/orders/{basket}") is { Code: 200 } order && order.Text("status") == wanted, FaultMall.Patience, $"order {basket} is {wanted}");
            if (good && number % 2 == 0) await Insistent(async () => (await gateway.Post($"/api/invoices/{basket}/pay")).Expect(200).Text("status"));
        });
    }

    /// <summary>A kiosk repeats what was answered 503 or 404 for the moment; whatever it left behind half done belongs to nobody.</summary>
    public static async Task<string> Insistent(Func<Task<string>> call)
    {
        var answer = "";
        await Eventually.True(async () =>
        {
            try
            {
                answer = await call();
                return true;
            }
            catch (Xunit.Sdk.XunitException refused) when (refused.Message.Contains("got 503", StringComparison.Ordinal) || refused.Message.Contains("got 404", StringComparison.Ordinal))
            {
                return false;
            }
        }, FaultMall.Patience);
        return answer;
    }

    /// <summary>Sends the same with the same key until it is answered with something else than 503.</summary>
    /// <param name="call">Sends it.</param>
    /// <param name="seen">Sees every answer.</param>
    public static async Task<Answer> Repeat(Func<Task<Answer>> call, Action<Answer>? seen = null)
    {
        Answer? answer = null;
        await Eventually.True(async () =>
        {
            answer = await call();
            seen?.Invoke(answer);
            return answer.Code != 503;
        }, FaultMall.Patience);
        return answer!;
    }
}

using System.Collections.Concurrent;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>The state store is away for a while, more than once, under load: 503 and nothing else, and whoever repeats with the same key gets through once.</summary>
public sealed class StoreOutageTests
{
    const int Clients = 6;
    static readonly int Rounds = LongForm.Rounds(12, 200);

    [Fact]
    public async Task A_store_that_is_away_is_503_and_nothing_else_and_every_repeated_command_is_done_once()
    {
        await using var mall = await FaultMall.Start();
        var gateway = mall.Gateway;
        var (customer, product) = (await gateway.Customer(), await gateway.Product(await gateway.Store(), 3m));
        var run = Guid.NewGuid().ToString("N")[..8];
        var basketOf = new string[Clients];
        for (var client = 0; client < Clients; client++) basketOf[client] = await gateway.Basket(customer);
        List<(string Basket, string Payment)> underWay = [];
        for (var order = 0; order < 4; order++) underWay.Add((await gateway.Basket(customer, (product, 1)), await gateway.Payment(customer, 10m)));
        var (done, away) = (0, 0);
        var answers = new ConcurrentDictionary<(int Code, string? Problem), int>();

        var shopping = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(() => Shop(client))));
        foreach (var orders in underWay.Chunk(2))
        {
            await Reaches(() => Volatile.Read(ref done), Clients);
            foreach (var (basket, payment) in orders) await gateway.Checkout(basket, payment); // Their workflows have just begun when the store goes.
            mall.Traps.StateIsAway = true;
            await Reaches(() => Volatile.Read(ref away), 3 * Clients);
            using var stores = mall.Direct(Apps.Stores);
            (await stores.Get("/readyz")).Expect(503);
            (await stores.Get("/healthz")).Expect(200);
            (await stores.Get($"/api/products/{product}")).ExpectProblem(503, "unavailable");
            mall.Traps.StateIsAway = false;
        }

        await shopping;
        Assert.All(answers.Keys, answer => Assert.True(answer is { Code: >= 200 and < 300 } or (503, "unavailable" or "busy"), $"It was answered {answer}"));
        Assert.Contains(answers.Keys, answer => answer == (503, "unavailable"));
        for (var client = 0; client < Clients; client++)
            Assert.Equal(Rounds, Assert.Single((await gateway.Get($"/api/baskets/{basketOf[client]}")).Expect(200).Body.GetProperty("items").EnumerateArray()).GetProperty("quantity").GetInt32());
        await Eventually.True(async () => (await Names()).Count >= Clients * Rounds, FaultMall.Patience, "every customer stands in the list");
        Assert.Equal(Enumerable.Range(0, Clients).SelectMany(client => Enumerable.Range(0, Rounds).Select(round => $"{run} {client}.{round}")).Order(), (await Names()).Order());
        foreach (var basket in basketOf.Concat(underWay.Select(order => order.Basket))) await gateway.OrderIs(basket, OrderStatus.Ready);
        await mall.NothingIsWrong();

        async Task Shop(int client)
        {
            for (var round = 0; round < Rounds; round++)
            {
                await Do($"/api/customers", new { name = $"{run} {client}.{round}", smsNumber = "+491701234567" });
                await Do($"/api/baskets/{basketOf[client]}/items", new { productId = product, quantity = 1 });
                await Shoppers.Repeat(() => gateway.Get($"/api/baskets/{basketOf[client]}"), See);
            }

            var payment = await Do("/api/payments", new { customerId = customer, amount = 3m * Rounds });
            await Do($"/api/baskets/{basketOf[client]}/checkout", new { paymentId = payment.Text("paymentId") });
        }

        async Task<Answer> Do(string path, object body)
        {
            var key = Guid.NewGuid().ToString();
            var answer = await Shoppers.Repeat(() => gateway.Post(path, body, key), See);
            Interlocked.Increment(ref done);
            return answer;
        }

        void See(Answer answer)
        {
            answers.AddOrUpdate((answer.Code, answer.Problem), 1, (_, times) => times + 1);
            if (answer.Code == 503) Interlocked.Increment(ref away);
        }

        Task Reaches(Func<int> count, int more)
        {
            var wanted = count() + more;
            return Eventually.True(() => Task.FromResult(count() >= wanted || shopping.IsCompleted), FaultMall.Patience);
        }

        async Task<List<string>> Names()
        {
            List<string> names = [];
            for (string? cursor = ""; cursor is not null;)
            {
                var page = (await gateway.Get($"/api/customers?limit=200{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}")).Expect(200).Body;
                names.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()!).Where(name => name.StartsWith(run, StringComparison.Ordinal)));
                cursor = page.TryGetProperty("next", out var next) ? next.GetString() : null;
            }

            return names;
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>A long outage of the broker under load: nothing is refused, no document grows, no delivery waits, nothing is lost.</summary>
public sealed class BrokerOutageTests
{
    const long MostBytes = 100 * 1024;
    static readonly int Commands = LongForm.Rounds(500, 10_000);

    [Fact]
    public async Task A_broker_that_is_away_under_load_refuses_nothing_and_gets_all_in_order_when_it_is_back()
    {
        await using var mall = await FaultMall.Start(durable: true);
        using var customers = mall.Direct(Apps.Customers);
        using var stores = mall.Direct(Apps.Stores);
        var load = await Load.Prepare(mall.Gateway, customers, stores);
        List<string> baskets = [];
        for (var i = 0; i < 6; i++) baskets.Add(await mall.Gateway.Basket(load.Customer, (load.Products[0], 1 + i)));
        List<string> payments = [];
        foreach (var _ in baskets) payments.Add(await mall.Gateway.Payment(load.Customer, 100m));

        // These checkouts are at the broker and not yet delivered when it begins to take no more.
        mall.Traps.LongestDelayOfMessages = TimeSpan.FromSeconds(2);
        foreach (var (basket, payment) in baskets.Zip(payments).Take(3)) await mall.Gateway.Checkout(basket, payment);
        mall.Traps.FailedPublishes = 1;
        foreach (var (basket, payment) in baskets.Zip(payments).Skip(3)) await mall.Gateway.Checkout(basket, payment);

        var largest = new ConcurrentDictionary<string, long>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Commands), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            var answer = await load.Command(number);
            Assert.True(answer.Code is 200 or 201, $"Command {number}: {answer.Code} {answer.Body}");
            if (number % 50 == 0) await Measure(mall, largest);
        });
        await Measure(mall, largest);
        Assert.All(largest, document => Assert.True(document.Value < MostBytes, $"{document.Key} had {document.Value} bytes"));
        Assert.Contains(largest.Keys, key => key.Contains(".log.", StringComparison.Ordinal));

        // What the broker had is delivered and handled to its end, though what follows from it can't be published.
        await Eventually.True(async () => await mall.Engine.WaitingDeliveries() == 0, FaultMall.Patience, "no delivery waits");
        foreach (var basket in baskets) await mall.Gateway.Until($"/api/orders/{basket}", answer => answer.Code == 200);
        var ready = (await customers.Get("/readyz")).Expect(200);
        Assert.Equal("degraded", ready.Text("status"));
        Assert.Contains("not published", ready.Body.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal);

        (mall.Traps.FailedPublishes, mall.Traps.LongestDelayOfMessages) = (0, TimeSpan.Zero);
        foreach (var basket in baskets) await mall.Gateway.OrderIs(basket, OrderStatus.Ready);
        await mall.NothingIsWrong();
        Assert.Equal("ready", (await customers.Get("/readyz")).Text("status"));

        var published = await mall.Engine.Messages();
        foreach (var entity in published.GroupBy(message => (message.Topic, message.Entity)))
        {
            var versions = entity.Select(message => message.Version).Distinct().ToList();
            Assert.True(versions.SequenceEqual(versions.Order()), $"{entity.Key} was published in the order {string.Join(", ", versions)}");
        }

        AllArePublished(Topics.Customer, load.HotCustomer, 1 + load.CustomerChanges);
        AllArePublished(Topics.Product, load.HotProduct, 1 + load.PriceChanges);
        Assert.Equal((load.CustomerChanges + 1, load.PriceChanges + 1), (await Version(Apps.Customers, "customer", load.HotCustomer), await Version(Apps.Stores, "product", load.HotProduct)));
        Assert.All(load.Created, created => Assert.Contains(published, message => message.Entity == created && message.Version == 1));

        void AllArePublished(Topic topic, string id, int versions) => Assert.Equal(
            Enumerable.Range(1, versions).Select(version => (long)version),
            published.Where(message => message.Topic == topic.Name && message.Entity == id).Select(message => message.Version).Distinct());

        async Task<int> Version(string app, string resource, string id)
        {
            var life = await mall.Events(app, resource, id);
            Assert.True(life.Rebuilt);
            return (int)life.Version;
        }
    }

    static async Task Measure(FaultMall mall, ConcurrentDictionary<string, long> largest)
    {
        foreach (var (key, bytes) in await mall.Engine.Documents()) largest.AddOrUpdate(key, bytes, (_, most) => Math.Max(most, bytes));
    }

    /// <summary>
    /// Commands on many aggregates, on a few, and on two that are hot. Those on the hot ones have no key, so they are sent without the gateway, which
    /// repeats what takes too long.
    /// </summary>
    sealed class Load(MallDriver gateway, MallDriver customers, MallDriver stores)
    {
        int customerChanges, priceChanges;

        public required string Store { get; init; }

        public required string Customer { get; init; }

        public required string HotCustomer { get; init; }

        public required string HotProduct { get; init; }

        public required IReadOnlyList<string> Products { get; init; }

        public required IReadOnlyList<string> Baskets { get; init; }

        public ConcurrentQueue<string> Created { get; } = new();

        public int CustomerChanges => customerChanges;

        public int PriceChanges => priceChanges;

        public static async Task<Load> Prepare(MallDriver gateway, MallDriver customers, MallDriver stores)
        {
            var (store, customer) = (await gateway.Store(), await gateway.Customer());
            List<string> products = [], baskets = [];
            for (var i = 0; i < 5; i++) products.Add(await gateway.Product(store, 1m));
            for (var i = 0; i < 5; i++) baskets.Add(await gateway.Basket(customer));
            return new Load(gateway, customers, stores)
            {
                Store = store,
                Customer = customer,
                HotCustomer = await gateway.Customer("Hot"),
                HotProduct = await gateway.Product(store, 1m, "Hot"),
                Products = products,
                Baskets = baskets,
            };
        }

        public Task<Answer> Command(int number) => (number % 20, number / 20 % 2) switch
        {
            ( < 9, _) => Counted(ref customerChanges, customers.Put($"/api/customers/{HotCustomer}/sms-number", new { smsNumber = string.Create(CultureInfo.InvariantCulture, $"+49170{number:D7}") })),
            ( < 18, _) => Counted(ref priceChanges, stores.Put($"/api/products/{HotProduct}/price", new { price = 2m + number * 0.01m })),
            (18, 0) => Creating(gateway.Post("/api/customers", new { name = $"Ann {number}", smsNumber = "+491701234567" }), "customerId"),
            (18, _) => Creating(gateway.Post($"/api/stores/{Store}/products", new { name = $"Tea {number}", description = "Fine.", sku = $"T-{number}", price = 3m }), "productId"),
            (_, 0) => gateway.Post($"/api/baskets/{Baskets[number / 40 % 5]}/items", new { productId = Products[1 + number / 40 % 4], quantity = 1 }),
            _ => gateway.Put($"/api/products/{Products[1 + number / 40 % 4]}", new { name = $"Tea {number}", description = new string('d', 2_000) }),
        };

        static Task<Answer> Counted(ref int count, Task<Answer> answer)
        {
            Interlocked.Increment(ref count);
            return answer;
        }

        async Task<Answer> Creating(Task<Answer> creating, string id)
        {
            var answer = await creating;
            if (answer.Code == 201) Created.Enqueue(answer.Text(id));
            return answer;
        }
    }
}

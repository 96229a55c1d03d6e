using System.Net;
using System.Text;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Scenarios;

/// <summary>Scenario 6: product events that come shuffled and twice leave the same replica.</summary>
public class ReplicaTests(RunningMall running)
{
    [Fact]
    public async Task Shuffled_and_repeated_product_events_end_in_the_same_copy()
    {
        var mall = running.Gateway;
        var store = await mall.Store();
        var product = await mall.Product(store, 1m);
        var events = Enumerable.Range(2, 30).Select(version => Event(product, store, version, price: version)).ToList();
        var shuffled = events.Concat(events).OrderBy(_ => Random.Shared.Next()).ToList();

        using var baskets = WatchedHttp.Client(running.Mall[Apps.Baskets]);
        baskets.DefaultRequestHeaders.Add("dapr-api-token", running.Mall.ServicesOf(Apps.Baskets).GetRequiredService<KitOptions>().AppApiToken);
        await Parallel.ForEachAsync(shuffled, async (cloudEvent, cancel) =>
        {
            using var delivered = await baskets.PostAsync($"/events/{Topics.Product.Name}", new StringContent(cloudEvent, Encoding.UTF8, "application/cloudevents+json"), cancel);
            Assert.Equal(HttpStatusCode.OK, delivered.StatusCode);
        });

        var basket = await mall.Basket(await mall.Customer(), (product, 1));
        Assert.Equal(31m, (await mall.Get($"/api/baskets/{basket}")).Number("total"));

        // The owner goes the way that the events have told of, so that the auditor finds the copy as it should be.
        for (var price = 2; price <= 31; price++) (await mall.Put($"/api/products/{product}/price", new { price })).Expect(200);
    }

    static string Event(string product, string store, int version, decimal price) => JsonSerializer.Serialize(
        new
        {
            specversion = "1.0",
            id = $"product.{product}.{version}",
            source = "stores",
            type = "mallbots.stores.product-price-increased.v1",
            subject = product,
            aggregateversion = $"{version}",
            data = new { value = new ProductResource(product, store, "Green tea", "Fine.", "T", price, "USD", false), removed = false },
        },
        new JsonSerializerOptions(JsonSerializerDefaults.Web));
}

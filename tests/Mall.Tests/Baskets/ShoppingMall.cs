using MallBots.Baskets.Subscriptions;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.Mall.Tests.Stores;
using MallBots.ServiceKit.Messaging;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Baskets;

/// <summary>A mall with what shopping needs, and the steps that lead to a basket.</summary>
public sealed class ShoppingMall : IAsyncLifetime
{
    internal LocalMall Mall { get; private set; } = null!;

    internal ShopApi Stores { get; private set; } = null!;

    internal ShopApi Customers { get; private set; } = null!;

    internal ShopApi Baskets { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Mall = await LocalMall.StartAsync(new LocalMallOptions { Apps = [Apps.Stores, Apps.Customers, Apps.Baskets] });
        Stores = new ShopApi(Mall[Apps.Stores]);
        Customers = new ShopApi(Mall[Apps.Customers]);
        Baskets = new ShopApi(Mall[Apps.Baskets]);
    }

    public async ValueTask DisposeAsync()
    {
        Stores.Dispose();
        Customers.Dispose();
        Baskets.Dispose();
        await Mall.DisposeAsync();
    }

    internal async Task<string> OpenStore(bool participating = true)
    {
        var store = (await Stores.Post("/api/stores", new { name = "Teahouse", location = "Level 1" })).Must(201).Text("storeId");
        if (participating) (await Stores.Put($"/api/stores/{store}/participation", new { participating })).Must(200);
        return store;
    }

    internal async Task<string> AddProduct(string store, decimal price = 10m, string name = "Tea") =>
        (await Stores.Post($"/api/stores/{store}/products", new { name, description = "", sku = Guid.NewGuid().ToString(), price })).Must(201).Text("productId");

    internal async Task<string> Register() => (await Customers.Post("/api/customers", new { name = "Ann", smsNumber = "+491701234567" })).Must(201).Text("customerId");

    internal async Task<string> StartBasket(string? customer = null) =>
        (await Baskets.Post("/api/baskets", new { customerId = customer ?? await Register() })).Must(201).Text("basketId");

    internal Task<Reply> AddItem(string basket, string product, int quantity = 1, string? key = null) =>
        Baskets.Post($"/api/baskets/{basket}/items", new { productId = product, quantity }, key);

    internal Task<Reply> CheckOut(string basket, string payment = "pay-1", string? key = null) =>
        Baskets.Post($"/api/baskets/{basket}/checkout", new { paymentId = payment }, key);

    /// <summary>Changes a price, and returns when baskets know of it.</summary>
    internal async Task ChangePrice(string product, decimal price)
    {
        (await Stores.Put($"/api/products/{product}/price", new { price })).Must(200);
        await Heard<ProductCopy>(product, copy => copy.Value.Price == price);
    }

    /// <summary>Removes a product, and returns when baskets know of it.</summary>
    internal async Task RemoveProduct(string product)
    {
        (await Stores.Delete($"/api/products/{product}")).Must(204);
        await Heard<ProductCopy>(product, copy => copy.Removed);
    }

    /// <summary>Lets a store take part or not, and returns when baskets know of it.</summary>
    internal async Task SetParticipation(string store, bool participating)
    {
        (await Stores.Put($"/api/stores/{store}/participation", new { participating })).Must(200);
        await Heard<StoreCopy>(store, copy => copy.Value.Participating == participating);
    }

    /// <summary>Returns when a copy that baskets keep shows this.</summary>
    internal async Task Heard<TCopy>(string id, Func<Replica<TCopy>, bool> what) where TCopy : class
    {
        var copies = Mall.ServicesOf(Apps.Baskets).GetRequiredService<Replicas<TCopy>>();
        await Eventually.True(async () => await copies.Find(id, Freshness.Copy, TestContext.Current.CancellationToken) is { } copy && what(copy));
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using MallBots.Contracts;

namespace MallBots.Local.Demo;

/// <summary>
/// Opens the stores of the seed, adds their products and registers the customers. Every call has an Idempotency-Key made of the seed, so loading
/// it again into the same mall gives the same stores, products and customers (specification 2).
/// </summary>
internal sealed class SeedLoader(MallClient mall)
{
    const int CallsAtATime = 8;

    /// <summary>Products by SKU, participating stores and others alike.</summary>
    public ConcurrentDictionary<string, ProductResource> Products { get; } = new();

    /// <summary>Customers in the seed's order.</summary>
    public IReadOnlyList<CustomerResource> Customers { get; private set; } = [];

    public async Task Load(SeedMall seed, CancellationToken cancellationToken)
    {
        var bounded = new ParallelOptions { MaxDegreeOfParallelism = CallsAtATime, CancellationToken = cancellationToken };
        var stores = new ConcurrentDictionary<SeedStore, string>();
        await Parallel.ForEachAsync(seed.Stores, bounded, async (store, aborted) =>
        {
            var opened = await mall.OpenStore(store, Key("store", store.Location), aborted);
            if (store.Participating) await mall.SetParticipation(opened.StoreId, true, aborted);
            stores[store] = opened.StoreId;
        });

        var products = seed.Stores.SelectMany(store => store.Products, (store, product) => (StoreId: stores[store], Product: product));
        await Parallel.ForEachAsync(products, bounded, async (each, aborted) =>
            Products[each.Product.Sku] = await mall.AddProduct(each.StoreId, each.Product, Key("product", each.Product.Sku), aborted));

        var customers = new CustomerResource[seed.Customers.Count];
        await Parallel.ForEachAsync(seed.Customers.Index(), bounded, async (each, aborted) =>
            customers[each.Index] = await mall.RegisterCustomer(each.Item, Key("customer", each.Item.SmsNumber), aborted));
        Customers = customers;
    }

    static string Key(string kind, string of) =>
        string.Create(CultureInfo.InvariantCulture, $"seed-{kind}-{string.Concat(of.Where(char.IsAsciiLetterOrDigit))}");
}

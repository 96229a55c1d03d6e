using MallBots.Local.Demo;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>The seed mall is one that the mall's own rules accept.</summary>
public class SeedMallTests
{
    static Task<SeedMall> Seed => SeedMall.ReadAsync(Repository.PathOf("local/seed/mall.json"), TestContext.Current.CancellationToken);

    [Fact]
    public async Task It_has_at_least_20_stores_and_200_products()
    {
        var seed = await Seed;
        Assert.InRange(seed.Stores.Count, 20, 100);
        Assert.InRange(seed.Stores.Sum(store => store.Products.Count), 200, 1000);
        Assert.InRange(seed.Customers.Count, 2, 100);
    }

    [Fact]
    public async Task Exactly_one_store_does_not_take_part() => Assert.Single((await Seed).Stores, store => !store.Participating);

    [Fact]
    public async Task No_two_products_have_one_SKU()
    {
        var skus = (await Seed).Stores.SelectMany(store => store.Products).Select(product => product.Sku).ToList();
        Assert.Equal(skus.Count, skus.Distinct().Count());
        Assert.All(skus, sku => Assert.InRange(sku.Trim().Length, 1, 64));
    }

    [Fact]
    public async Task No_two_stores_share_a_place_or_a_name()
    {
        var stores = (await Seed).Stores;
        Assert.Equal(stores.Count, stores.DistinctBy(store => store.Location).Count());
        Assert.Equal(stores.Count, stores.DistinctBy(store => store.Name).Count());
        Assert.All(stores, store => Assert.Matches("^Level [0-9], [A-D]-[0-9]{2}$", store.Location));
    }

    [Fact]
    public async Task Prices_are_positive_with_two_decimals_and_none_is_declined_by_the_simulated_provider() =>
        Assert.All((await Seed).Stores.SelectMany(store => store.Products), product =>
        {
            Assert.InRange(product.Price, 0.01m, 1_000_000m);
            Assert.Equal(product.Price, Math.Round(product.Price, 2));
            Assert.NotEqual(0.13m, product.Price % 1);
        });

    [Fact]
    public async Task Names_descriptions_and_numbers_keep_within_the_bounds_of_the_API()
    {
        var seed = await Seed;
        Assert.All(seed.Stores.Select(store => store.Name).Concat(seed.Customers.Select(customer => customer.Name)), name => Assert.InRange(name.Trim().Length, 1, 200));
        Assert.All(seed.Stores.SelectMany(store => store.Products), product =>
        {
            Assert.InRange(product.Name.Trim().Length, 1, 200);
            Assert.InRange(product.Description.Trim().Length, 1, 2000);
        });
        Assert.All(seed.Customers, customer => Assert.Matches(@"^\+[0-9]{8,15}$", customer.SmsNumber));
    }
}

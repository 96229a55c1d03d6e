using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Search;

public sealed class SearchProductsTests
{
    [Fact]
    public async Task What_can_be_bought_now_is_found_by_every_filter_and_sorted_page_by_page()
    {
        await using var mall = await SearchMall.Start();
        await mall.Store("leaf", "Leaf & Kettle");
        await mall.Store("books", "Bramble Books");
        await mall.Store("shut", "Shut", participating: false);
        await mall.Product("p-1", "leaf", "Sencha", 12.80m, "LK-1", "Green tea");
        await mall.Product("p-2", "leaf", "assam", 6.40m, "LK-2", "Malty tea");
        await mall.Product("p-3", "books", "Tea for two", 12.80m, "BB-9", "A novel");
        await mall.Product("p-4", "leaf", "Gone", 1m, removed: true, version: 2);
        await mall.Product("p-4", "leaf", "Gone", 1m, version: 1);
        await mall.Product("p-5", "shut", "Unseen", 1m);
        await mall.Product("p-6", "books", "Zebra. A life", 30m, "BB-10");

        await Finds("", 2, 1, 3, 6);
        await Finds("sort=name", 2, 1, 3, 6);
        await Finds("sort=price", 2, 1, 3, 6);
        await Finds("text=tea", 2, 1, 3);
        await Finds("text=TEA%20leaf", 2, 1);
        await Finds("text=bb-", 3, 6);
        await Finds("storeId=books", 3, 6);
        await Finds("storeId=shut");
        await Finds("minPrice=12.80", 1, 3, 6);
        await Finds("maxPrice=12.80", 2, 1, 3);
        await Finds("minPrice=7&maxPrice=20&sort=price&text=tea", 1, 3);

        var sencha = (await mall.Find<ProductSearchResult>("/api/search/products?text=sencha")).Single();
        Assert.Equal(new ProductSearchResult("p-1", "leaf", "Leaf & Kettle", "Sencha", "Green tea", "LK-1", 12.80m, "USD"), sencha);

        await mall.Store("shut", "Open", participating: true, version: 2);
        await mall.Product("p-2", "leaf", "assam", 60m, version: 2);
        await Finds("sort=price", 5, 1, 3, 6, 2);

        async Task Finds(string query, params int[] expected)
        {
            foreach (var limit in new[] { 1, 2, 50 })
            {
                var found = await mall.Find<ProductSearchResult>($"/api/search/products?limit={limit}&{query}");
                Assert.True(expected.Select(number => $"p-{number}").SequenceEqual(found.Select(product => product.ProductId)), $"{query}: {string.Join(' ', found.Select(product => product.ProductId))}");
            }
        }
    }
}

using System.Text.Json;
using Xunit;

namespace MallBots.EndToEnd.Scenarios;

/// <summary>Scenario 18: orders and products are found by every filter, page by page.</summary>
public class SearchTests(RunningMall running)
{
    MallDriver Mall => running.Gateway;

    /// <summary>A word that nobody else in the mall uses.</summary>
    readonly string word = $"w{Guid.NewGuid():N}";

    [Fact]
    public async Task Orders_are_found_by_every_filter_page_by_page_newest_first()
    {
        var (teas, books) = (await Mall.Store($"Tea House {word}"), await Mall.Store($"Book Nook {word}"));
        var (tea, novel) = (await Mall.Product(teas, 5m), await Mall.Product(books, 20m, "A novel"));
        var (ann, bob) = (await Mall.Customer("Ann Arbor"), await Mall.Customer("Bob Bell"));
        string[] orders =
        [
            await Ordered(ann, await Mall.Payment(ann, 5m), "ready", (tea, 1)),
            await Ordered(bob, "nobody-knows-it", "rejected", (novel, 1)),
            await Ordered(ann, "nobody-knows-it", "rejected", (tea, 1), (novel, 1)),
        ];
        var second = (await Mall.Get($"/api/orders/{orders[1]}")).Text("placedAt");

        await Finds("", 3, 2, 1);
        await Finds($"customerId={ann}", 3, 1);
        await Finds($"storeId={books}", 3, 2);
        await Finds($"productId={tea}", 3, 1);
        await Finds("status=rejected", 3, 2);
        await Finds("status=ready", 1);
        await Finds($"after={Uri.EscapeDataString(second)}", 3, 2);
        await Finds($"before={Uri.EscapeDataString(second)}", 1);
        await Finds("minTotal=20", 3, 2);
        await Finds("maxTotal=20.00", 2, 1);
        await Finds($"customerId={ann}&storeId={teas}&productId={novel}&status=rejected&minTotal=25&maxTotal=25", 3);
        await Finds("status=completed");
        await FindsWords("", "%20arbor", 3, 1);
        await FindsWords("", "%20novel%20bell", 2);

        Task Finds(string filter, params int[] expected) => FindsWords(filter, "", expected);
        Task FindsWords(string filter, string more, params int[] expected) =>
            FindsRows("orders", $"text={word}{more}&{filter}", "orderId", expected.Select(number => orders[number - 1]));
    }

    [Fact]
    public async Task Products_that_can_be_bought_are_found_by_every_filter_and_sorted_page_by_page()
    {
        var (teas, books, shut) = (await Mall.Store($"Tea House {word}"), await Mall.Store($"Book Nook {word}"), await Mall.Store($"Shut {word}", participating: false));
        string[] products =
        [
            await Mall.Product(teas, 9m, "Assam"), await Mall.Product(teas, 3m, "Sencha", $"{word}-9"), await Mall.Product(books, 4m, "Tea for two"),
            await Mall.Product(teas, 1m, "Gone"), await Mall.Product(shut, 1m, "Unseen"),
        ];
        (await Mall.Delete($"/api/products/{products[3]}")).Expect(204);

        await Finds("", 1, 2, 3);
        await Finds("sort=name", 1, 2, 3);
        await Finds("sort=price&maxPrice=8", 2, 3);
        await Finds("sort=price", 2, 3, 1);
        await Finds($"storeId={books}", 3);
        await Finds($"storeId={shut}");
        await Finds("minPrice=3.01", 1, 3);
        await FindsWords("", "%20tea%20house", 1, 2);
        await FindsWords("", "-9", 2);

        Task Finds(string filter, params int[] expected) => FindsWords(filter, "", expected);
        Task FindsWords(string filter, string more, params int[] expected) =>
            FindsRows("products", $"text={word}{more}&{filter}", "productId", expected.Select(number => products[number - 1]));
    }

    async Task<string> Ordered(string customer, string payment, string end, params (string Product, int Quantity)[] items)
    {
        var order = await Mall.Checkout(await Mall.Basket(customer, items), payment);
        await Mall.OrderIs(order, end);
        await Mall.Until($"/api/search/orders/{order}", found => found.Code == 200 && found.Text("status") == end);
        return order;
    }

    /// <summary>The search finds exactly these, on pages of any length. It may lag behind what it tells of, so the first answer that is right counts.</summary>
    async Task FindsRows(string what, string query, string id, IEnumerable<string> expected)
    {
        var wanted = expected.ToList();
        await Mall.Until($"/api/search/{what}?{query}&limit=200", found => Ids(found).SequenceEqual(wanted));
        List<string> paged = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await Mall.Get($"/api/search/{what}?{query}&limit=1{(cursor.Length > 0 ? $"&cursor={Uri.EscapeDataString(cursor)}" : "")}")).Expect(200);
            paged.AddRange(Ids(page));
            cursor = page.Body.TryGetProperty("next", out var next) && next.ValueKind == JsonValueKind.String ? next.GetString() : null;
        }

        Assert.Equal(wanted, paged);

        IEnumerable<string> Ids(Answer answer) => answer.Expect(200).Items.Select(row => row.GetProperty(id).GetString()!);
    }
}

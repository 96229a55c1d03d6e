using System.Net;
using System.Text.Json;
using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Search;

public sealed class SearchOrdersTests : IAsyncLifetime
{
    static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    SearchMall mall = null!;

    public async ValueTask InitializeAsync() => mall = await SearchMall.Start();

    public ValueTask DisposeAsync() => mall.DisposeAsync();

    [Fact]
    public async Task The_highest_version_wins_in_whatever_order_and_however_often_events_come()
    {
        OrderStatus[] way = [OrderStatus.Pending, OrderStatus.Approved, OrderStatus.InProgress, OrderStatus.Ready, OrderStatus.Completed];
        OrderResource At(int version) => SearchMall.AnOrder("o-1", "ann", Noon, way[version - 1], 10m + version, ("tea", "leaf")) with
        {
            History = [.. Enumerable.Range(1, version).Select(entry => new OrderHistoryEntry(entry, $"e-{entry}", way[entry - 1], Noon.AddMinutes(entry)))],
        };
        foreach (var version in new[] { 3, 1, 5, 2, 5, 4, 1 }) await mall.Deliver(Topics.Order, "o-1", version, At(version));
        var found = (await mall.Order("o-1"))!;
        Assert.Equal((OrderStatus.Completed, 15m), (found.Status, found.Total));
        Assert.Equal(way, found.History.Select(entry => entry.Status));
        Assert.Equal("o-1", Assert.Single(await mall.Find<OrderSearchResult>("/api/search/orders")).OrderId);
    }

    [Fact]
    public async Task Orders_show_the_present_names_and_those_at_checkout_until_search_has_heard_of_them()
    {
        await mall.Deliver(Topics.Order, "o-1", 1, SearchMall.AnOrder("o-1", "ann", Noon, OrderStatus.Pending, 1m, ("tea", "leaf")));
        var early = (await mall.Order("o-1"))!;
        Assert.Equal((null, "leaf at checkout", "tea at checkout"), (early.CustomerName, early.Items[0].StoreName, early.Items[0].ProductName));

        await mall.Customer("ann", "Ann", version: 1);
        await mall.Store("leaf", "Leaf & Kettle, new", version: 2);
        await mall.Store("leaf", "Leaf & Kettle", version: 1);
        await mall.Product("tea", "leaf", "Darjeeling", 5m, removed: true, version: 3);
        await mall.Product("tea", "leaf", "Tea", 5m, version: 2);
        var late = (await mall.Order("o-1"))!;
        Assert.Equal(("Ann", "Leaf & Kettle, new", "Darjeeling"), (late.CustomerName, late.Items[0].StoreName, late.Items[0].ProductName));
        Assert.Equal(["o-1"], (await mall.Find<OrderSearchResult>("/api/search/orders?text=KETTLE%20darj")).Select(order => order.OrderId));
    }

    [Fact]
    public async Task No_SMS_number_is_kept()
    {
        await mall.Customer("ann", "Ann");
        await mall.Deliver(Topics.Order, "o-1", 1, SearchMall.AnOrder("o-1", "ann", Noon, OrderStatus.Pending, 1m, ("tea", "leaf")));
        using var client = mall.Client();
        Assert.DoesNotContain("170", await client.GetStringAsync("/api/search/orders/o-1"));
    }

    [Fact]
    public async Task Every_filter_finds_what_it_says_page_by_page_newest_first()
    {
        await mall.Customer("ann", "Ann Keller");
        await mall.Customer("bob", "Böb Ärger");
        await mall.Store("leaf", "Leaf & Kettle");
        await mall.Store("books", "Bramble Books");
        await mall.Product("tea", "leaf", "Darjeeling 100%", 5m);
        await mall.Product("atlas", "books", "The Lighthouse Atlas", 34m);
        (string Product, string Store) tea = ("tea", "leaf"), atlas = ("atlas", "books");
        OrderResource[] orders =
        [
            SearchMall.AnOrder("o-1", "ann", Noon.AddHours(1), OrderStatus.Pending, 10m, tea),
            SearchMall.AnOrder("o-2", "bob", Noon.AddHours(2), OrderStatus.Approved, 20.50m, atlas),
            SearchMall.AnOrder("o-3", "ann", Noon.AddHours(3), OrderStatus.Approved, 30m, tea, atlas),
            SearchMall.AnOrder("o-4", "bob", Noon.AddHours(3), OrderStatus.Ready, 40m, tea),
            SearchMall.AnOrder("o-5", "ann", Noon.AddHours(5), OrderStatus.InProgress, 50m, atlas),
        ];
        foreach (var order in orders) await mall.Deliver(Topics.Order, order.OrderId, 1, order);

        await Finds("", 5, 4, 3, 2, 1);
        await Finds("customerId=ann", 5, 3, 1);
        await Finds("customerId=nobody");
        await Finds("status=approved", 3, 2);
        await Finds("status=inProgress", 5);
        await Finds("storeId=leaf", 4, 3, 1);
        await Finds("productId=atlas", 5, 3, 2);
        await Finds("after=2026-01-31T14:00:00Z", 5, 4, 3, 2);
        await Finds("before=2026-01-31T14:00:00Z", 1);
        await Finds("after=2026-01-31T14:00:00%2B00:00&before=2026-01-31T15:00:00Z", 2);
        await Finds("after=2026-01-31T16:00:00%2B01:00", 5, 4, 3);
        await Finds("minTotal=20.50", 5, 4, 3, 2);
        await Finds("minTotal=20.51", 5, 4, 3);
        await Finds("maxTotal=20.5", 2, 1);
        await Finds("maxTotal=20.49", 1);
        await Finds("minTotal=20&maxTotal=40", 4, 3, 2);
        await Finds("text=keller", 5, 3, 1);
        await Finds("text=%C3%84RGER", 4, 2);
        await Finds("text=light%20ann", 5, 3);
        await Finds("text=100%25", 4, 3, 1);
        await Finds("text=_");
        await Finds("customerId=ann&storeId=leaf&status=approved&minTotal=1&text=atlas", 3);

        async Task Finds(string query, params int[] expected)
        {
            foreach (var limit in new[] { 1, 2, 50 })
            {
                var found = await mall.Find<OrderSearchResult>($"/api/search/orders?limit={limit}&{query}");
                Assert.True(expected.Select(number => $"o-{number}").SequenceEqual(found.Select(order => order.OrderId)), $"{query}: {string.Join(' ', found.Select(order => order.OrderId))}");
            }
        }
    }

    [Fact]
    public async Task Searches_go_on_while_rows_are_written_and_nothing_is_lost()
    {
        using var client = mall.Client();
        var writing = Task.WhenAll(Enumerable.Range(0, 200).Select(number =>
            mall.Deliver(Topics.Order, $"o-{number}", 1, SearchMall.AnOrder($"o-{number}", "ann", Noon, OrderStatus.Pending, 1m, ("tea", "leaf")))));
        do
        {
            using var answer = await client.GetAsync("/api/search/orders?text=tea&limit=200");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        while (!writing.IsCompleted);
        await writing;
        Assert.Equal(200, (await mall.Find<OrderSearchResult>("/api/search/orders?limit=77")).Select(order => order.OrderId).Distinct().Count());
    }

    [Fact]
    public async Task The_OpenAPI_document_has_every_call()
    {
        using var client = mall.Client();
        var document = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json"));
        Assert.Equal(
            ["/api/search/orders", "/api/search/orders/{orderId}", "/api/search/products", "/api/search/rebuild"],
            document.RootElement.GetProperty("paths").EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
    }
}

using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Hosting;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace MallBots.Mall.Tests.Search;

/// <summary>Search on its sidecar, with whatever other services a test wants. Events are delivered as the sidecar delivers them.</summary>
sealed class SearchMall : IAsyncDisposable
{
    readonly Dictionary<string, string?> settings;

    SearchMall(LocalMall mall, Dictionary<string, string?> settings) => (Mall, this.settings) = (mall, settings);

    public LocalMall Mall { get; }

    public static async Task<SearchMall> Start(params string[] others)
    {
        Dictionary<string, string?> settings = [];
        // With MALLBOTS_TEST_POSTGRES, the connection string of a server, each mall of these tests has a database of its own there instead of SQLite.
        if (Environment.GetEnvironmentVariable("MALLBOTS_TEST_POSTGRES") is { Length: > 0 } server) settings["Search:Postgres"] = await NewDatabase(server);
        return new SearchMall(await LocalMall.StartAsync(new LocalMallOptions { Apps = [Apps.Search, .. others], Settings = settings }), settings);
    }

    public HttpClient Client(string app = Apps.Search) => WatchedHttp.Client(Mall[app]);

    /// <summary>Token for the internal routes.</summary>
    public string Token => Mall.ServicesOf(Apps.Search).GetRequiredService<KitOptions>().AppApiToken;

    /// <summary>Stops search and starts it with another database.</summary>
    public async Task Restart(string database)
    {
        await Mall.StopServiceAsync(Apps.Search);
        settings.Remove("Search:Postgres");
        settings["Search:Database"] = database;
        await Mall.StartServiceAsync(Apps.Search);
    }

    public async Task Deliver<TValue>(Topic<TValue> topic, string id, long version, TValue value, bool removed = false) where TValue : class
    {
        using var client = Client();
        var cloudEvent = new
        {
            specversion = "1.0",
            id = $"{topic.Resource}.{id}.{version}",
            source = topic.Owner,
            type = $"mallbots.{topic.Owner}.{topic.Resource}-changed.v1",
            subject = id,
            aggregateversion = version.ToString(CultureInfo.InvariantCulture),
            data = new { removed, value },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/events/{topic.Name}") { Content = JsonContent.Create(cloudEvent, options: KitJson.Options) };
        request.Headers.Add("dapr-api-token", Token);
        using var answer = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    public Task Customer(string id, string name, long version = 1) => Deliver(Topics.Customer, id, version, new CustomerResource(id, name, "+491701234567", true));

    public Task Store(string id, string name, bool participating = true, long version = 1) =>
        Deliver(Topics.Store, id, version, new StoreResource(id, name, "Level 1, A-01", participating));

    public Task Product(string id, string store, string name, decimal price, string sku = "", string description = "", bool removed = false, long version = 1) =>
        Deliver(Topics.Product, id, version, new ProductResource(id, store, name, description, sku, price, "USD", removed), removed);

    /// <summary>All pages of a search.</summary>
    public async Task<List<T>> Find<T>(string path)
    {
        using var client = Client();
        List<T> found = [];
        for (var cursor = ""; cursor is not null;)
        {
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var page = await client.GetFromJsonAsync<Page<T>>($"{path}{(cursor.Length > 0 ? $"{separator}cursor={cursor}" : "")}", KitJson.Options);
            found.AddRange(page!.Items);
            cursor = page.Next;
        }

        return found;
    }

    public async Task<OrderSearchResult?> Order(string id)
    {
        using var client = Client();
        using var answer = await client.GetAsync($"/api/search/orders/{id}");
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<OrderSearchResult>(KitJson.Options);
    }

    /// <summary>A store that takes part, with one product, at their owner.</summary>
    public async Task<string> AStoreWithAProduct()
    {
        using var stores = Client(Apps.Stores);
        using var created = await stores.PostAsJsonAsync("/api/stores", new { name = "Leaf & Kettle", location = "Level 1, A-03" });
        var store = (await created.Content.ReadFromJsonAsync<StoreResource>(KitJson.Options))!.StoreId;
        using var opened = await stores.PutAsJsonAsync($"/api/stores/{store}/participation", new { participating = true });
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        using var product = await stores.PostAsJsonAsync($"/api/stores/{store}/products", new { name = "Sencha", description = "", sku = "S", price = 5 });
        Assert.Equal(HttpStatusCode.Created, product.StatusCode);
        return store;
    }

    public ValueTask DisposeAsync() => Mall.DisposeAsync();

    static async Task<string> NewDatabase(string server)
    {
        var name = $"search_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"CREATE DATABASE {name}";
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString();
    }

    /// <summary>An order with one line for each product, one unit each.</summary>
    public static OrderResource AnOrder(
        string id, string customer, DateTimeOffset placedAt, OrderStatus status, decimal total, params (string Product, string Store)[] lines) => new(
        id, customer, "p-1", placedAt, [.. lines.Select(line => new OrderLine(line.Product, line.Store, $"{line.Store} at checkout", $"{line.Product} at checkout", 1m, 1))],
        total, "USD", status, null, null, null, null, [new OrderHistoryEntry(1, "order-created", OrderStatus.Pending, placedAt)]);
}

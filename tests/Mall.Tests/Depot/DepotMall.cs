using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Messaging;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Depot;

/// <summary>Depot and stores on their sidecars, with a store of two products. Internal commands go through the depot's own sidecar, which lets it call itself.</summary>
sealed class DepotMall : IAsyncDisposable
{
    readonly LocalMall mall;
    readonly Dictionary<string, string?> settings;
    readonly HttpClient stores;
    HttpClient depot;

    DepotMall(LocalMall mall, Dictionary<string, string?> settings)
    {
        (this.mall, this.settings) = (mall, settings);
        (depot, stores) = (WatchedHttp.Client(mall[Apps.Depot]), WatchedHttp.Client(mall[Apps.Stores]));
    }

    public LocalMall Mall => mall;

    public HttpClient Api => depot;

    public string StoreId { get; private set; } = "";

    public string Tea { get; private set; } = "";

    public string Mug { get; private set; } = "";

    public static async Task<DepotMall> Start(params (string Name, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => setting.Name, setting => (string?)setting.Value);
        var mall = new DepotMall(await LocalMall.StartAsync(new LocalMallOptions { Apps = [Apps.Depot, Apps.Stores], Settings = all }), all);
        mall.StoreId = (await Post<StoreResource>(mall.stores, "/api/stores", new { name = "Leaf & Kettle", location = "Level 1, A-03" })).StoreId;
        mall.Tea = await mall.AddProduct("Darjeeling", "T-1");
        mall.Mug = await mall.AddProduct("Mug", "M-1");
        return mall;
    }

    /// <summary>Stops the depot and starts it with another setting.</summary>
    public async Task Restart((string Name, string Value) setting)
    {
        await mall.StopServiceAsync(Apps.Depot);
        settings[setting.Name] = setting.Value;
        await mall.StartServiceAsync(Apps.Depot);
        depot.Dispose();
        depot = WatchedHttp.Client(mall[Apps.Depot]);
    }

    public async Task<string> AddProduct(string name, string sku) =>
        (await Post<ProductResource>(stores, $"/api/stores/{StoreId}/products", new { name, description = "", sku, price = 5.5m })).ProductId;

    public async Task RemoveProduct(string id) => Assert.Equal(HttpStatusCode.NoContent, (await stores.DeleteAsync($"/api/products/{id}")).StatusCode);

    public Task<CommandAnswer> Send<TCommand>(TCommand command) where TCommand : IInternalCommand =>
        mall.ServicesOf(Apps.Depot).GetRequiredService<Peers>().Send(command, CancellationToken.None);

    public Task<CommandAnswer> Create(string order, params ItemToCollect[] items) =>
        Send(new CreateShoppingList(order, items.Length > 0 ? items : [new(Tea, StoreId, 3), new(Mug, StoreId, 1)], order, "create-shopping-list"));

    public Task<CommandAnswer> Initiate(string order) => Send(new InitiateShopping(order, order, "initiate-shopping"));

    public Task<CommandAnswer> Cancel(string order) => Send(new CancelShoppingList(order, $"cancel-{order}", "cancel-shopping-list"));

    /// <summary>A list that waits for a bot.</summary>
    public async Task<string> Waiting(string order)
    {
        Assert.Equal(CommandAnswer.Approved, await Create(order));
        Assert.Equal(CommandAnswer.Approved, await Initiate(order));
        return order;
    }

    /// <summary>A bot that is online.</summary>
    public async Task<string> IdleBot(string name)
    {
        var bot = await Post<BotResource>(depot, "/api/bots", new { name });
        Assert.Equal(BotStatus.Offline, bot.Status);
        Assert.Equal(HttpStatusCode.OK, (await depot.PutAsJsonAsync($"/api/bots/{bot.BotId}/online", new { online = true })).StatusCode);
        return bot.BotId;
    }

    public Task<HttpResponseMessage> Assign(string list, string bot, string? key = null) => Post($"/api/shopping-lists/{list}/assign", new { botId = bot }, key);

    public Task<HttpResponseMessage> Pick(string list, string bot, string product, int quantity, string? key = null) =>
        Post($"/api/shopping-lists/{list}/pick", new { botId = bot, storeId = StoreId, productId = product, quantity }, key);

    public Task<HttpResponseMessage> Complete(string list, string bot, bool everything = false, string? key = null) =>
        Post($"/api/shopping-lists/{list}/complete", new { botId = bot, everything }, key);

    public async Task<ShoppingListResource> List(string list) =>
        (await depot.GetFromJsonAsync<ShoppingListResource>($"/api/shopping-lists/{list}", KitJson.Options))!;

    public async Task<BotResource> Bot(string bot) => (await depot.GetFromJsonAsync<BotResource>($"/api/bots/{bot}", KitJson.Options))!;

    /// <summary>Changes one document alone, to leave something half done.</summary>
    public async Task Half<T>(string id, Func<T, Decision> change) where T : class, IAggregate<T> =>
        Assert.Null((await mall.ServicesOf(Apps.Depot).GetRequiredService<Documents<T>>().Change(id, Command.Internal("test", CancellationToken.None), change)).Refusal);

    public Task Eventually(string list, Func<ShoppingListResource, bool> what) => TestKit.Eventually.True(async () => what(await List(list)));

    public static async Task Expect(HttpStatusCode status, string? code, Task<HttpResponseMessage> call)
    {
        using var answer = await call;
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{(int)answer.StatusCode} {body}");
        if (code is not null) Assert.Equal($"urn:mallbots:problem:{code}", JsonDocument.Parse(body).RootElement.GetProperty("type").GetString());
    }

    public async ValueTask DisposeAsync()
    {
        depot.Dispose();
        stores.Dispose();
        await mall.DisposeAsync();
    }

    static async Task<T> Post<T>(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<T>(KitJson.Options))!;
    }

    Task<HttpResponseMessage> Post(string path, object body, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return depot.SendAsync(request);
    }
}

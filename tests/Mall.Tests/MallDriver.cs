using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Xunit;

[assembly: AssemblyFixture(typeof(MallBots.Mall.Tests.RunningMall))]

namespace MallBots.Mall.Tests;

/// <summary>
/// All ten services in this process, in memory, on free ports; shared by all scenarios, which each bring their own stores and customers. When all are
/// over, the auditor finds nothing in what they leave (specification 6).
/// </summary>
public class RunningMall : IAsyncLifetime
{
    LocalMall mall = null!;
    MallDriver gateway = null!;

    public LocalMall Mall => mall;

    public virtual MallDriver Gateway => gateway;

    protected virtual LocalMallOptions Options => new()
    {
        Settings = new Dictionary<string, string?> { ["Depot:SimulateBots"] = "true", ["Depot:Bots"] = "8", ["Depot:BotSpeed"] = "100000" },
    };

    public virtual async ValueTask InitializeAsync()
    {
        mall = await LocalMall.StartAsync(Options);
        gateway = new MallDriver(mall[Apps.Gateway]);
    }

    public virtual async ValueTask DisposeAsync()
    {
        gateway.Dispose();
        await using (mall) await Audit.Audited.NothingIsWrong(mall);
    }
}

/// <summary>An answer of an API.</summary>
public sealed record Answer(HttpStatusCode Status, JsonElement Body, System.Net.Http.Headers.HttpResponseHeaders Headers)
{
    public int Code => (int)Status;

    /// <summary>The problem's code, without the common prefix.</summary>
    public string? Problem => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("type", out var type) ? type.GetString()?.Replace("urn:mallbots:problem:", "", StringComparison.Ordinal) : null;

    public string Text(string field) => Body.GetProperty(field).GetString()!;

    public decimal Number(string field) => Body.GetProperty(field).GetDecimal();

    public Answer Expect(int status)
    {
        Assert.True(Code == status, $"Expected {status}, got {Code}: {Body}");
        return this;
    }

    public Answer ExpectProblem(int status, string problem)
    {
        Assert.True(Code == status && Problem == problem, $"Expected {status} {problem}, got {Code}: {Body}");
        return this;
    }
}

/// <summary>Drives the mall over its public APIs, as a kiosk does.</summary>
public sealed class MallDriver(HttpClient http) : IDisposable
{
    public MallDriver(Uri address) : this(WatchedHttp.Client(address, TimeSpan.FromSeconds(60))) { }

    /// <summary>How long to wait for what is to become of something.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Answer> Post(string path, object? body = null, string? key = null) => Send(HttpMethod.Post, path, body, key);

    public Task<Answer> Put(string path, object body) => Send(HttpMethod.Put, path, body);

    public Task<Answer> Delete(string path) => Send(HttpMethod.Delete, path);

    public async Task<Answer> Send(HttpMethod method, string path, object? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body as string ?? JsonSerializer.Serialize(body, Json), Encoding.UTF8, "application/json");
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        using var answer = await Sent(request);
        var text = await answer.Content.ReadAsStringAsync();
        return new Answer(answer.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement, answer.Headers);
    }

    async Task<HttpResponseMessage> Sent(HttpRequestMessage request)
    {
        try
        {
            return await http.SendAsync(request);
        }
        catch (SocketException gone)
        {
            // Killed between accepting the connection and the first request: the client lets this one through as it is.
            throw new HttpRequestException(gone.Message, gone);
        }
    }

    public async Task<string> Store(string name = "Tea House", string location = "Level 1, A-12", bool participating = true)
    {
        var id = (await Post("/api/stores", new { name, location })).Expect(201).Text("storeId");
        if (participating) (await Put($"/api/stores/{id}/participation", new { participating })).Expect(200);
        return id;
    }

    public async Task<string> Product(string storeId, decimal price = 5.50m, string name = "Green tea", string? sku = null) =>
        (await Post($"/api/stores/{storeId}/products", new { name, description = "Fine.", sku = sku ?? Guid.NewGuid().ToString("N"), price })).Expect(201).Text("productId");

    public async Task<string> Customer(string name = "Ann") =>
        (await Post("/api/customers", new { name, smsNumber = "+491701234567" })).Expect(201).Text("customerId");

    public async Task<string> Payment(string customerId, decimal amount) =>
        (await Post("/api/payments", new { customerId, amount })).Expect(201).Text("paymentId");

    public async Task<string> Basket(string customerId, params (string ProductId, int Quantity)[] items)
    {
        var id = (await Post("/api/baskets", new { customerId })).Expect(201).Text("basketId");
        foreach (var (productId, quantity) in items) (await Post($"/api/baskets/{id}/items", new { productId, quantity })).Expect(200);
        return id;
    }

    /// <summary>Checks out; returns the order's id.</summary>
    public async Task<string> Checkout(string basketId, string paymentId) =>
        (await Post($"/api/baskets/{basketId}/checkout", new { paymentId })).Expect(202).Text("orderId");

    /// <summary>The order, once it has this status; fails when it ends in another.</summary>
    public async Task<Answer> OrderIs(string orderId, OrderStatus status)
    {
        var wanted = JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
        Answer? order = null;
        await Eventually.True(async () =>
        {
            order = await Get($"/api/orders/{orderId}");
            if (order.Code == 404) return false;
            var now = order.Expect(200).Text("status");
            if (now is "rejected" or "canceled" or "completed" && now != wanted) Assert.Fail($"The order is {now}, not {wanted}: {order.Body}");
            return now == wanted;
        }, Patience, $"order {orderId} is {wanted}");
        return order!;
    }

    /// <summary>The answer once it is as wanted.</summary>
    public async Task<Answer> Until(string path, Func<Answer, bool> wanted)
    {
        Answer? answer = null;
        try
        {
            await Eventually.True(async () => wanted(answer = await Get(path)), Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{path} did not become what was wanted: {answer?.Code} {answer?.Body}");
        }

        return answer!;
    }

    public void Dispose() => http.Dispose();

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MallBots.TestKit;
using Xunit;

namespace MallBots.EndToEnd;

/// <summary>An answer of an API.</summary>
public sealed record Answer(HttpStatusCode Status, JsonElement Body, HttpResponseHeaders Headers)
{
    public int Code => (int)Status;

    /// <summary>The problem's code, without the common prefix.</summary>
    public string? Problem => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("type", out var type) ? type.GetString()?.Replace("urn:mallbots:problem:", "", StringComparison.Ordinal) : null;

    public string Text(string field) => Body.GetProperty(field).GetString()!;

    public decimal Number(string field) => Body.GetProperty(field).GetDecimal();

    /// <summary>The items of a list.</summary>
    public IEnumerable<JsonElement> Items => Body.GetProperty("items").EnumerateArray();

    /// <summary>The names of the events of an order's history.</summary>
    public IEnumerable<string> Story => Body.GetProperty("history").EnumerateArray().Select(entry => entry.GetProperty("event").GetString()!);

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
    public MallDriver(Uri address) : this(WatchedHttp.Client(address, Timeout.InfiniteTimeSpan)) { }

    /// <summary>How long to wait for what is to become of something; plenty on an idle machine.</summary>
    public TimeSpan Enough { get; init; } = Deadline.Usual;

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Answer> Post(string path, object? body = null, string? key = null) => Send(HttpMethod.Post, path, body, key);

    public Task<Answer> Put(string path, object body) => Send(HttpMethod.Put, path, body);

    public Task<Answer> Delete(string path) => Send(HttpMethod.Delete, path);

    public async Task<Answer> Send(HttpMethod method, string path, object? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path.TrimStart('/')); // Below the mall's address, which may have a path.
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
            return await http.SendAsync(request).Within(Enough, $"{request.Method} {request.RequestUri} is answered");
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
    public async Task<Answer> OrderIs(string orderId, string status)
    {
        Answer? order = null;
        await Eventually.True(async () =>
        {
            order = await Get($"/api/orders/{orderId}");
            if (order.Code == 404) return false;
            var now = order.Expect(200).Text("status");
            if (now is "rejected" or "canceled" or "completed" && now != status) Assert.Fail($"The order is {now}, not {status}: {order.Body}");
            return now == status;
        }, Enough, $"order {orderId} is {status}");
        return order!;
    }

    /// <summary>The order's shopping list, once it has this status.</summary>
    public Task<Answer> ListIs(string orderId, string status) => Until($"/api/shopping-lists/{orderId}", list => list.Code == 200 && list.Text("status") == status);

    /// <summary>The payment, once it has this status.</summary>
    public Task<Answer> PaymentIs(string paymentId, string status) => Until($"/api/payments/{paymentId}", payment => payment.Expect(200).Text("status") == status);

    /// <summary>Returns once the customer was sent exactly these kinds of text messages about the order.</summary>
    public Task<Answer> Told(string orderId, params string[] kinds) => Until($"/api/notifications?orderId={orderId}", told =>
        told.Items.Select(notification => notification.GetProperty("kind").GetString()).Order().SequenceEqual(kinds.Order())
        && told.Items.All(notification => notification.GetProperty("status").GetString() == "sent"));

    /// <summary>The answer once it is as wanted.</summary>
    public async Task<Answer> Until(string path, Func<Answer, bool> wanted)
    {
        Answer? answer = null;
        try
        {
            await Eventually.True(async () => wanted(answer = await Get(path)), Enough);
        }
        catch (TimeoutException late)
        {
            Assert.Fail($"{path} did not become what was wanted: {answer?.Code} {answer?.Body} ({late.Message})");
        }

        return answer!;
    }

    public void Dispose() => http.Dispose();

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
}

using System.Globalization;
using System.Net;
using System.Text.Json;
using MallBots.Contracts;

namespace MallBots.Local.Demo;

/// <summary>
/// The public HTTP APIs of the mall as a kiosk uses them, through the gateway. Every answer is checked: status, Location, content type, fields;
/// anything else is an <see cref="UnexpectedAnswer"/>. A 503 is repeated with the same Idempotency-Key, which is always safe (specification 2).
/// </summary>
internal sealed class MallClient(HttpClient http)
{
    const int PageSize = 200;

    public Task<StoreResource> OpenStore(SeedStore store, string key, CancellationToken cancellationToken) =>
        Create<StoreResource>("/api/stores", new { store.Name, store.Location }, key, cancellationToken);

    public Task<StoreResource> SetParticipation(string storeId, bool participating, CancellationToken cancellationToken) =>
        Send<StoreResource>(HttpMethod.Put, $"/api/stores/{storeId}/participation", new { participating }, null, HttpStatusCode.OK, cancellationToken);

    public Task<ProductResource> AddProduct(string storeId, SeedProduct product, string key, CancellationToken cancellationToken) =>
        Create<ProductResource>(
            $"/api/stores/{storeId}/products", new { product.Name, product.Description, product.Sku, product.Price }, key, cancellationToken);

    public Task<CustomerResource> RegisterCustomer(SeedCustomer customer, string key, CancellationToken cancellationToken) =>
        Create<CustomerResource>("/api/customers", new { customer.Name, customer.SmsNumber }, key, cancellationToken);

    public Task<BasketResource> StartBasket(string customerId, CancellationToken cancellationToken) =>
        Create<BasketResource>("/api/baskets", new { customerId }, NewKey(), cancellationToken);

    public Task<BasketResource> AddItem(string basketId, string productId, int quantity, CancellationToken cancellationToken) =>
        Send<BasketResource>(
            HttpMethod.Post, $"/api/baskets/{basketId}/items", new { productId, quantity }, NewKey(), HttpStatusCode.OK, cancellationToken);

    /// <summary>Holds an amount. A provider that takes its time is 202; then the payment is looked at until it is decided.</summary>
    public Task<PaymentResource> AuthorizePayment(string customerId, decimal amount, CancellationToken cancellationToken) =>
        Create<PaymentResource>("/api/payments", new { customerId, amount }, NewKey(), cancellationToken, orAccepted: true);

    /// <summary>Checks out; returns the order's id, after a look that Location leads to it.</summary>
    public async Task<string> CheckOut(string basketId, string paymentId, CancellationToken cancellationToken)
    {
        var call = $"/api/baskets/{basketId}/checkout";
        using var answer = await Exchange(HttpMethod.Post, call, new { paymentId }, NewKey(), cancellationToken);
        await Demand(answer, HttpStatusCode.Accepted, cancellationToken);
        var order = await Read<CheckedOut>(answer, cancellationToken);
        var location = answer.Headers.Location?.ToString();
        return location is not null && location.EndsWith($"/api/orders/{order.OrderId}", StringComparison.Ordinal)
            ? order.OrderId
            : throw Unexpected(answer, null, $"Location is '{location}', not /api/orders/{order.OrderId}");
    }

    /// <summary>The order, or null as long as ordering has not heard of it (404 with Retry-After).</summary>
    public Task<OrderResource?> FindOrder(string orderId, CancellationToken cancellationToken) =>
        Find<OrderResource>($"/api/orders/{orderId}", cancellationToken);

    public IAsyncEnumerable<OrderResource> Orders(CancellationToken cancellationToken) => List<OrderResource>("/api/orders", cancellationToken);

    public IAsyncEnumerable<BasketResource> CheckedOutBaskets(CancellationToken cancellationToken) =>
        List<BasketResource>("/api/baskets?status=checkedOut", cancellationToken);

    public Task<PaymentResource?> FindPayment(string paymentId, CancellationToken cancellationToken) =>
        Find<PaymentResource>($"/api/payments/{paymentId}", cancellationToken);

    public Task<InvoiceResource?> FindInvoice(string invoiceId, CancellationToken cancellationToken) =>
        Find<InvoiceResource>($"/api/invoices/{invoiceId}", cancellationToken);

    public Task<InvoiceResource> PayInvoice(string invoiceId, CancellationToken cancellationToken) =>
        Send<InvoiceResource>(HttpMethod.Post, $"/api/invoices/{invoiceId}/pay", null, NewKey(), HttpStatusCode.OK, cancellationToken);

    public Task<ShoppingListResource?> FindShoppingList(string orderId, CancellationToken cancellationToken) =>
        Find<ShoppingListResource>($"/api/shopping-lists/{orderId}", cancellationToken);

    public IAsyncEnumerable<NotificationResource> Notifications(string orderId, CancellationToken cancellationToken) =>
        List<NotificationResource>($"/api/notifications?orderId={orderId}", cancellationToken);

    public Task<FoundOrder?> FindInSearch(string orderId, CancellationToken cancellationToken) =>
        Find<FoundOrder>($"/api/search/orders/{orderId}", cancellationToken);

    public IAsyncEnumerable<FoundOrder> SearchOrders(string customerId, CancellationToken cancellationToken) =>
        List<FoundOrder>($"/api/search/orders?customerId={customerId}", cancellationToken);

    /// <summary>True when the mall answers its list of stores; else what it answers instead.</summary>
    public async Task<(bool Ready, string Because)> IsReady(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync("/api/stores?limit=1", cancellationToken);
            return (answer.StatusCode == HttpStatusCode.OK, $"GET /api/stores answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException notYet)
        {
            return (false, notYet.Message);
        }
    }

    async IAsyncEnumerable<T> List<T>(
        string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken) where T : class
    {
        var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        string? cursor = null;
        do
        {
            var from = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var page = await Send<Page<T>>(HttpMethod.Get, $"{path}{separator}limit={PageSize}{from}", null, null, HttpStatusCode.OK, cancellationToken);
            foreach (var item in page.Items) yield return item;
            cursor = page.Next;
        }
        while (cursor is not null);
    }

    async Task<T> Create<T>(string path, object body, string key, CancellationToken cancellationToken, bool orAccepted = false) where T : class
    {
        using var answer = await Exchange(HttpMethod.Post, path, body, key, cancellationToken);
        if (!(orAccepted && answer.StatusCode == HttpStatusCode.Accepted)) await Demand(answer, HttpStatusCode.Created, cancellationToken);
        if (answer.Headers.Location is null) throw Unexpected(answer, null, "there is no Location");
        return await Read<T>(answer, cancellationToken);
    }

    async Task<T?> Find<T>(string path, CancellationToken cancellationToken) where T : class
    {
        using var answer = await Exchange(HttpMethod.Get, path, null, null, cancellationToken);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        await Demand(answer, HttpStatusCode.OK, cancellationToken);
        return await Read<T>(answer, cancellationToken);
    }

    async Task<T> Send<T>(
        HttpMethod method, string path, object? body, string? key, HttpStatusCode expected, CancellationToken cancellationToken) where T : class
    {
        using var answer = await Exchange(method, path, body, key, cancellationToken);
        await Demand(answer, expected, cancellationToken);
        return await Read<T>(answer, cancellationToken);
    }

    /// <summary>Sends, and sends again while the answer is 503 (busy, unavailable), as its Retry-After says.</summary>
    async Task<HttpResponseMessage> Exchange(HttpMethod method, string path, object? body, string? key, CancellationToken cancellationToken)
    {
        const int attempts = 10;
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = JsonContent.Create(body, options: MallJson.Requests);
            if (key is not null) request.Headers.Add("Idempotency-Key", key);
            var answer = await http.SendAsync(request, cancellationToken);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || attempt == attempts) return answer;
            var pause = answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1);
            answer.Dispose();
            await Task.Delay(pause, cancellationToken);
        }
    }

    static async Task Demand(HttpResponseMessage answer, HttpStatusCode expected, CancellationToken cancellationToken)
    {
        if (answer.StatusCode == expected) return;
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        var problem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? JsonSerializer.Deserialize<Problem>(text, MallJson.Answers)
            : null;
        var code = problem?.Type is { } type ? type[(type.LastIndexOf(':') + 1)..] : null;
        throw Unexpected(answer, code, problem?.Detail ?? problem?.Title ?? (text.Length > 300 ? text[..300] : text));
    }

    static async Task<T> Read<T>(HttpResponseMessage answer, CancellationToken cancellationToken) where T : class
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/json") throw Unexpected(answer, null, "the body is not application/json");
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(MallJson.Answers, cancellationToken) ?? throw Unexpected(answer, null, "the body is null");
        }
        catch (JsonException wrong)
        {
            throw Unexpected(answer, null, $"the body is no {typeof(T).Name}: {wrong.Message}");
        }
    }

    static UnexpectedAnswer Unexpected(HttpResponseMessage answer, string? code, string detail) =>
        new($"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.PathAndQuery}", answer.StatusCode, code, detail);

    static string NewKey() => Guid.CreateVersion7().ToString("D", CultureInfo.InvariantCulture);

    sealed record CheckedOut(string OrderId);

    sealed record Problem(string? Type, string? Title, string? Detail);
}

/// <summary>What the demo looks at in a row of the search service.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Status">Its status as search knows it.</param>
/// <param name="Total">Its total as search knows it.</param>
/// <param name="History">Its history; null where a list leaves it out.</param>
internal sealed record FoundOrder(string OrderId, OrderStatus Status, decimal Total, IReadOnlyList<FoundStatus>? History = null);

/// <summary>An entry of a search row's history.</summary>
/// <param name="Status">The status the order had.</param>
/// <param name="At">Since when.</param>
internal sealed record FoundStatus(OrderStatus Status, DateTimeOffset At);

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.Payments.Provider;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Messaging;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Payments;

/// <summary>The payments service with a real sidecar beside it; what ordering would say is published by the tests.</summary>
public sealed class PaymentsOverHttpTests(PaymentsMall mall) : IClassFixture<PaymentsMall>
{
    readonly HttpClient client = mall.Client;

    [Fact]
    public async Task An_authorised_payment_is_created_shown_and_listed()
    {
        var created = await Authorize("ann-1", 59.90m);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var payment = await Read<PaymentResource>(created);
        Assert.Equal(new PaymentResource(payment.PaymentId, "ann-1", 59.90m, "USD", PaymentStatus.Authorized), payment);
        Assert.Equal($"/api/payments/{payment.PaymentId}", created.Headers.Location?.ToString());
        Assert.Equal("\"2\"", created.Headers.ETag?.Tag);
        Assert.Equal(payment, await Payment(payment.PaymentId));
        await Eventually.True(async () => (await List("/api/payments?customerId=ann-1&status=authorized")).Count == 1);
        Assert.Empty(await List("/api/payments?customerId=ann-1&status=captured"));
    }

    [Fact]
    public async Task A_declined_payment_is_409_and_stays_declined()
    {
        await Refused(await Authorize("ann-2", 20.13m), 409, "payment-declined");
        await Eventually.True(async () => (await List("/api/payments?customerId=ann-2&status=declined")).Count == 1);
        var payment = (await List("/api/payments?customerId=ann-2"))[0].GetProperty("paymentId").GetString()!;
        Assert.Equal("payment-declined", (await Confirm(payment, "order", "ann-2", 1m)).Code);
    }

    [Fact]
    public async Task The_same_key_holds_once_and_another_body_is_refused()
    {
        var first = await Authorize("ann-3", 30m, key: "k-3");
        var again = await Authorize("ann-3", 30m, key: "k-3");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, again.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        await Refused(await Authorize("ann-3", 31m, key: "k-3"), 422, "idempotency-key-reused");
        Assert.Equal((30m, 30m, 0m), await Ledger((await Read<PaymentResource>(again)).PaymentId));

        // A decline came with a change, so it is remembered as well.
        await Refused(await Authorize("ann-3", 1.13m, key: "k-4"), 409, "payment-declined");
        await Refused(await Authorize("ann-3", 1.13m, key: "k-4"), 409, "payment-declined");
        await Eventually.True(async () => (await List("/api/payments?customerId=ann-3")).Count == 2);
    }

    [Fact]
    public async Task An_order_that_is_ready_gets_one_invoice_which_is_paid_once_however_often_it_is_paid()
    {
        var payment = await Held("ann-5", 50m);
        Assert.Equal(CommandAnswer.Approved, await Confirm(payment, "order-5", "ann-5", 45m));
        Assert.Equal(CommandAnswer.Approved, await Confirm(payment, "order-5", "ann-5", 45m));
        Assert.Equal("payment-already-used", (await Confirm(payment, "order-6", "ann-5", 45m)).Code);
        await Refused(await client.GetAsync("/api/invoices/order-5"), 404, "invoice-unknown");

        var order = OrderEvents.Order("order-5", "ann-5", payment, OrderStatus.Ready, 40m);
        await mall.Mall.Publish(Apps.Payments, order, 5);
        await mall.Mall.Publish(Apps.Payments, order with { Total = 41m }, 4);
        var pending = new InvoiceResource("order-5", "order-5", "ann-5", payment, 40m, "USD", InvoiceStatus.Pending);
        await Eventually.True(async () => (await client.GetAsync("/api/invoices/order-5")).IsSuccessStatusCode);
        Assert.Single(await List("/api/invoices?orderId=order-5&status=pending"));
        Assert.Single(await List("/api/invoices"), invoice => invoice.GetProperty("invoiceId").GetString() == "order-5");

        await Refused(await Put("/api/invoices/order-5/amount", 50.01m), 409, "invoice-above-authorization");
        Assert.Equal(pending.Amount + 2, (await Read<InvoiceResource>(await Put("/api/invoices/order-5/amount", 42m))).Amount);

        var paid = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => client.PostAsync("/api/invoices/order-5/pay", null)));
        foreach (var answer in paid)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(pending with { Amount = 42m, Status = InvoiceStatus.Paid }, await Read<InvoiceResource>(answer));
        }

        Assert.Equal((50m, 0m, 42m), await Ledger(payment));
        Assert.Equal((PaymentStatus.Captured, 42m), ((await Payment(payment)).Status, (await Payment(payment)).CapturedAmount));
        await Refused(await Put("/api/invoices/order-5/amount", 41m), 409, "invoice-paid");
        await Refused(await client.DeleteAsync("/api/invoices/order-5"), 409, "invoice-paid");
        await Refused(await client.DeleteAsync($"/api/payments/{payment}"), 409, "payment-already-used");
    }

    [Fact]
    public async Task After_a_declined_capture_the_invoice_can_be_corrected_and_paid()
    {
        var payment = await Billed("ann-7", "order-7", 50m, total: 20.13m);
        await Refused(await client.PostAsync("/api/invoices/order-7/pay", null), 409, "payment-declined");
        Assert.Equal(InvoiceStatus.Pending, (await Payment(payment)).Invoice?.Status);
        await Put("/api/invoices/order-7/amount", 20.12m);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/api/invoices/order-7/pay", null)).StatusCode);
        Assert.Equal((50m, 0m, 20.12m), await Ledger(payment));
    }

    [Fact]
    public async Task Staff_gives_an_invoice_up_and_the_money_goes_back()
    {
        var payment = await Billed("ann-8", "order-8", 50m, total: 20m);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/api/invoices/order-8")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/api/invoices/order-8")).StatusCode);
        await Refused(await client.PostAsync("/api/invoices/order-8/pay", null), 409, "invoice-canceled");
        var now = await Payment(payment);
        Assert.Equal((PaymentStatus.Released, InvoiceStatus.Canceled), (now.Status, now.Invoice?.Status));
        Assert.Equal((50m, 0m, 0m), await Ledger(payment));
    }

    [Fact]
    public async Task A_released_payment_is_never_taken_later_also_when_an_earlier_confirm_is_repeated()
    {
        var payment = await Held("ann-9", 50m);
        Assert.Equal(CommandAnswer.Approved, await Release(payment, "order-9", "somebody"));
        Assert.Equal(CommandAnswer.Approved, await Release("unknown", "order-9", "ann-9"));
        Assert.Equal(CommandAnswer.Approved, await Confirm(payment, "order-9", "ann-9", 50m));
        Assert.Equal(CommandAnswer.Approved, await Release(payment, "order-10", "ann-9"));
        Assert.Equal(PaymentStatus.Confirmed, (await Payment(payment)).Status);

        Assert.Equal(CommandAnswer.Approved, await Release(payment, "order-9", "ann-9"));
        Assert.Equal("payment-released", (await Confirm(payment, "order-9", "ann-9", 50m)).Code);
        Assert.Equal(CommandAnswer.Approved, await Release(payment, "order-9", "ann-9"));
        await Eventually.True(async () => (await Payment(payment)).Status == PaymentStatus.Released);
        Assert.Equal((50m, 0m, 0m), await Ledger(payment));
    }

    [Theory]
    [InlineData(OrderStatus.Rejected)]
    [InlineData(OrderStatus.Canceled)]
    public async Task An_order_that_ended_holds_no_money(OrderStatus ended)
    {
        var orderId = $"order-11-{ended}";
        var payment = await Held("ann-11", 50m);
        await Confirm(payment, orderId, "ann-11", 50m);
        await mall.Mall.Publish(Apps.Payments, OrderEvents.Order(orderId, "ann-11", payment, ended, 50m), 3);
        await Eventually.True(async () => (await Payment(payment)).Status == PaymentStatus.Released);
    }

    [Fact]
    public async Task A_hold_that_no_order_has_is_given_back()
    {
        var payment = await Held("ann-12", 50m);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/payments/{payment}")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/api/payments/{payment}")).StatusCode);
        Assert.NotNull((await Payment(payment)).ReleasedAt);

        var bound = await Held("ann-12", 50m);
        await Confirm(bound, "order-12", "ann-12", 50m);
        await Refused(await client.DeleteAsync($"/api/payments/{bound}"), 409, "payment-already-used");
    }

    [Theory]
    [InlineData("POST", "/api/payments", "{}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "{\"customerId\":\"a.b\",\"amount\":1}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "{\"customerId\":\"a\",\"amount\":0}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "{\"customerId\":\"a\",\"amount\":-1}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "{\"customerId\":\"a\",\"amount\":0.001}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "{\"customerId\":\"a\",\"amount\":1000000.01}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "{\"customerId\":\"a\",\"amount\":1e400}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "{\"customerId\":\"a\",\"amount\":\"1\"}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "{\"customerId\":\"a\",\"amount\":1,\"more\":1}", 400, "invalid-request")]
    [InlineData("POST", "/api/payments", "nonsense", 400, "invalid-request")]
    [InlineData("GET", "/api/payments/nothing", null, 404, "payment-unknown")]
    [InlineData("GET", "/api/payments/no.id", null, 404, "payment-unknown")]
    [InlineData("DELETE", "/api/payments/nothing", null, 404, "payment-unknown")]
    [InlineData("GET", "/api/payments?status=held", null, 400, "invalid-request")]
    [InlineData("GET", "/api/payments?customerId=no.id", null, 400, "invalid-request")]
    [InlineData("GET", "/api/payments?limit=201", null, 400, "invalid-request")]
    [InlineData("GET", "/api/payments?cursor=nonsense", null, 400, "invalid-request")]
    [InlineData("GET", "/api/invoices/nothing", null, 404, "invoice-unknown")]
    [InlineData("GET", "/api/invoices/no.id", null, 404, "invoice-unknown")]
    [InlineData("GET", "/api/invoices?status=open", null, 400, "invalid-request")]
    [InlineData("GET", "/api/invoices?orderId=no.id", null, 400, "invalid-request")]
    [InlineData("POST", "/api/invoices/nothing/pay", null, 404, "invoice-unknown")]
    [InlineData("PUT", "/api/invoices/nothing/amount", "{\"amount\":1}", 404, "invoice-unknown")]
    [InlineData("PUT", "/api/invoices/nothing/amount", "{\"amount\":0}", 400, "invalid-request")]
    [InlineData("PUT", "/api/invoices/nothing/amount", "{}", 400, "invalid-request")]
    [InlineData("DELETE", "/api/invoices/nothing", null, 404, "invoice-unknown")]
    [InlineData("POST", "/internal/confirm-payment", "{}", 401, "unauthorized")]
    public async Task Bad_input_is_a_problem_document(string method, string path, string? body, int status, string code) =>
        await Refused(
            await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path)
            {
                Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
            }),
            status, code);

    async Task<string> Billed(string customerId, string orderId, decimal amount, decimal total)
    {
        var payment = await Held(customerId, amount);
        await Confirm(payment, orderId, customerId, total);
        await mall.Mall.Publish(Apps.Payments, OrderEvents.Order(orderId, customerId, payment, OrderStatus.Ready, total), 4);
        await Eventually.True(async () => (await client.GetAsync($"/api/invoices/{orderId}")).IsSuccessStatusCode);
        return payment;
    }

    async Task<string> Held(string customerId, decimal amount) => (await Read<PaymentResource>(await Authorize(customerId, amount))).PaymentId;

    Task<HttpResponseMessage> Authorize(string customerId, decimal amount, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/payments") { Content = JsonContent.Create(new { customerId, amount }) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return client.SendAsync(request);
    }

    Task<HttpResponseMessage> Put(string path, decimal amount) => client.PutAsJsonAsync(path, new { amount });

    Task<CommandAnswer> Confirm(string paymentId, string orderId, string customerId, decimal amount) =>
        mall.Peers.Send(new ConfirmPayment(paymentId, orderId, customerId, amount, orderId, "confirm-payment"), default);

    Task<CommandAnswer> Release(string paymentId, string orderId, string customerId) =>
        mall.Peers.Send(new ReleasePayment(paymentId, orderId, customerId, orderId, "release-payment"), default);

    async Task<PaymentResource> Payment(string paymentId) => (await client.GetFromJsonAsync<PaymentResource>($"/api/payments/{paymentId}", KitJson.Options))!;

    async Task<(decimal Authorized, decimal Held, decimal Captured)> Ledger(string paymentId)
    {
        var account = await ((SimulatedProvider)mall.Mall.ServicesOf(Apps.Payments).GetRequiredService<IPaymentProvider>()).Account(paymentId, default);
        return (account.Authorized, account.Held, account.Captured);
    }

    async Task<IReadOnlyList<JsonElement>> List(string path) => [.. (await client.GetFromJsonAsync<JsonElement>(path)).GetProperty("items").EnumerateArray()];

    static async Task<T> Read<T>(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<T>(KitJson.Options))!;

    static async Task Refused(HttpResponseMessage answer, int status, string code)
    {
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((status, $"urn:mallbots:problem:{code}"), ((int)answer.StatusCode, problem.GetProperty("type").GetString()));
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }
}

/// <summary>A mall that has payments alone, in memory.</summary>
public sealed class PaymentsMall : IAsyncLifetime
{
    public LocalMall Mall { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public Peers Peers => Mall.ServicesOf(Apps.Payments).GetRequiredService<Peers>();

    public async ValueTask InitializeAsync()
    {
        using var ordering = new StandIn(Apps.Payments, Topics.Order);
        Mall = await LocalMall.StartAsync(new LocalMallOptions { Apps = [Apps.Payments], ComponentsFolder = ordering.Components });
        Client = WatchedHttp.Client(Mall[Apps.Payments]);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Mall.DisposeAsync();
    }
}

using System.Net.Http.Json;
using System.Text.Json;
using Dapr.Client;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Messaging;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Ordering;

/// <summary>Ordering over its sidecar: what other services show comes from the broker, the workflow's commands by invocation, customers by HTTP.</summary>
public sealed class OrderingOverHttpTests(OrderingOverHttpTests.OrderingMall mall) : IClassFixture<OrderingOverHttpTests.OrderingMall>
{
    readonly string order = Guid.CreateVersion7().ToString();

    [Fact]
    public async Task Until_the_checkout_is_heard_of_the_answer_says_when_to_ask_again()
    {
        var early = await mall.Http.GetAsync($"/api/orders/{order}");
        Assert.Equal((404, "order-unknown", TimeSpan.FromSeconds(1)), ((int)early.StatusCode, await Code(early), early.Headers.RetryAfter!.Delta!.Value));
        await mall.CheckOut(order);
        var placed = await mall.Order(order);
        Assert.Equal((OrderStatus.Pending, 20.10m, "USD", "ann"), (placed.Status, placed.Total, placed.Currency, placed.CustomerId));
        Assert.Equal(["tea", "cup"], placed.Items.Select(line => line.ProductId)); // Without the line that was unavailable.
    }

    [Fact]
    public async Task An_order_goes_its_way_from_the_checkout_until_it_is_paid()
    {
        await mall.CheckOut(order);
        await mall.Send(new ApproveOrder(order, order, order, "approve-order"));
        await mall.ShowList(order, 3, ShoppingListStatus.Assigned);
        await mall.Reaches(order, OrderStatus.InProgress);
        await mall.ShowList(order, 5, ShoppingListStatus.Completed, pickedTea: 1);
        await mall.Reaches(order, OrderStatus.Ready);
        await mall.ShowList(order, 3, ShoppingListStatus.Assigned); // Late, and once more.
        await mall.ShowInvoice(order, 4, InvoiceStatus.Pending);
        await mall.ShowInvoice(order, 6, InvoiceStatus.Paid);
        await mall.Reaches(order, OrderStatus.Completed);

        var completed = await mall.Order(order);
        Assert.Equal((4.20m, order), (completed.Total, completed.InvoiceId));
        Assert.Equal(
            ["order-created", "order-approved", "order-shopping-started", "order-readied", "order-completed"], completed.History.Select(entry => entry.Event));
    }

    [Fact]
    public async Task A_repeated_command_is_answered_by_the_present_state()
    {
        await mall.CheckOut(order);
        var approve = new ApproveOrder(order, order, order, "approve-order");
        Assert.Equal(AnswerOutcome.Approved, (await mall.Send(approve)).Outcome);
        Assert.Equal(AnswerOutcome.Approved, (await mall.Send(approve)).Outcome);
        await mall.Cancel(order, "x");
        var request = (await mall.Order(order)).CancelRequest!.Request;
        Assert.Equal(AnswerOutcome.Go, (await mall.Send(new BeginCancel(order, request, "c", "begin-cancel"))).Outcome);
        var cancel = new CancelOrder(order, request, "c", "cancel-order");
        Assert.Equal(AnswerOutcome.Approved, (await mall.Send(cancel)).Outcome);
        Assert.Equal(AnswerOutcome.Approved, (await mall.Send(cancel)).Outcome);
        Assert.Equal(AnswerOutcome.Over, (await mall.Send(new BeginCancel(order, request, "c", "begin-cancel"))).Outcome);
        Assert.Equal(AnswerOutcome.Over, (await mall.Send(new BeginOrder(order, order, "begin-order"))).Outcome);
        Assert.Equal("order-over", (await mall.Send(approve)).Code);
    }

    [Fact]
    public async Task Asking_to_cancel_is_accepted_once_and_later_refused()
    {
        await mall.CheckOut(order);
        var first = await mall.Cancel(order, "Too late for tea");
        Assert.Equal((202, $"/api/orders/{order}"), ((int)first.StatusCode, first.Headers.Location!.ToString()));
        Assert.Equal(202, (int)(await mall.Cancel(order, "Again")).StatusCode);
        Assert.Equal(new CancelRequest(2, CancelDuring.Approval, "Too late for tea", true), (await mall.Order(order)).CancelRequest);
        Assert.Equal(AnswerOutcome.Cancel, (await mall.Send(new BeginOrder(order, order, "begin-order"))).Outcome);
        Assert.Equal("cancel-requested", (await mall.Send(new ApproveOrder(order, order, order, "approve-order"))).Code);
        Assert.Equal(AnswerOutcome.Approved, (await mall.Send(new CancelOrder(order, null, order, "cancel-order"))).Outcome);
        Assert.Equal("order-too-late-to-cancel", await Code(await mall.Cancel(order, "Once more")));
    }

    [Fact]
    public async Task Orders_are_listed_by_customer_and_status()
    {
        var customer = $"c-{order}";
        await mall.CheckOut(order, customer);
        var other = Guid.CreateVersion7().ToString();
        await mall.CheckOut(other, customer);
        await mall.Send(new RejectOrder(other, "payment-declined", "No.", other, "reject-order"));
        await Eventually.True(async () => (await mall.List($"?customerId={customer}")).Length == 2);
        Assert.Equal([other], await mall.List($"?customerId={customer}&status=rejected"));
        Assert.Equal([order], await mall.List($"?customerId={customer}&status=pending"));
        Assert.Contains(order, await mall.List("?status=pending&limit=200"));
        Assert.Empty(await mall.List("?customerId=nobody"));
    }

    [Theory]
    [InlineData("GET", "/api/orders/no.id", "", 404, "order-unknown")]
    [InlineData("GET", "/api/orders?status=odd", "", 400, "invalid-request")]
    [InlineData("GET", "/api/orders?limit=201", "", 400, "invalid-request")]
    [InlineData("GET", "/api/orders?cursor=odd", "", 400, "invalid-request")]
    [InlineData("GET", "/api/orders?customerId=a||b", "", 400, "invalid-request")]
    [InlineData("POST", "/api/orders/nobody/cancel", "{\"reason\":\"x\"}", 404, "order-unknown")]
    [InlineData("POST", "/api/orders/nobody/cancel", "{}", 400, "invalid-request")]
    [InlineData("POST", "/api/orders/nobody/cancel", "{\"reason\":5}", 400, "invalid-request")]
    [InlineData("POST", "/api/orders/nobody/cancel", "{\"reason\":\"x\",\"refund\":true}", 400, "invalid-request")]
    [InlineData("POST", "/api/orders/nobody/cancel", "", 400, "invalid-request")]
    [InlineData("POST", "/internal/approve-order", "{}", 401, "unauthorized")]
    public async Task Bad_input_is_answered_by_a_problem_document(string method, string path, string body, int status, string code)
    {
        var answer = method == "GET"
            ? await mall.Http.GetAsync(path)
            : await mall.Http.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal((status, code), ((int)answer.StatusCode, await Code(answer)));
    }

    [Fact]
    public async Task A_reason_of_more_than_500_characters_is_refused() =>
        Assert.Equal("invalid-request", await Code(await mall.Cancel(order, new string('x', 501))));

    [Fact]
    public async Task The_OpenAPI_document_tells_the_problems_of_a_cancellation()
    {
        var document = await mall.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var cancel = document.GetProperty("paths").GetProperty("/api/orders/{orderId}/cancel").GetProperty("post").GetProperty("responses");
        Assert.Contains("order-too-late-to-cancel", cancel.GetProperty("409").GetProperty("description").GetString());
        Assert.True(cancel.TryGetProperty("202", out _));
    }

    static async Task<string?> Code(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString()?.Replace("urn:mallbots:problem:", "", StringComparison.Ordinal);

    /// <summary>Ordering alone, and the topics that it hears.</summary>
    public sealed class OrderingMall : IAsyncLifetime
    {
        LocalMall mall = null!;

        public HttpClient Http { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            using var others = new StandIn(Apps.Ordering, Topics.Basket, Topics.ShoppingList, Topics.Payment);
            mall = await LocalMall.StartAsync(new LocalMallOptions { Apps = [Apps.Ordering], ComponentsFolder = others.Components });
            Http = WatchedHttp.Client(mall[Apps.Ordering]);
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await mall.DisposeAsync();
        }

        public Task<HttpResponseMessage> Cancel(string orderId, string reason) => Http.PostAsJsonAsync($"/api/orders/{orderId}/cancel", new { reason });

        public async Task<OrderResource> Order(string orderId) => (await Http.GetFromJsonAsync<OrderResource>($"/api/orders/{orderId}", KitJson.Options))!;

        public async Task<string[]> List(string query) =>
            [.. (await Http.GetFromJsonAsync<Page<OrderResource>>($"/api/orders{query}", KitJson.Options))!.Items.Select(order => order.OrderId)];

        public Task Reaches(string orderId, OrderStatus status) => Eventually.True(async () => (await Order(orderId)).Status == status, what: $"the order is {status}");

        public Task<CommandAnswer> Send<TCommand>(TCommand command) where TCommand : IInternalCommand =>
            mall.ServicesOf(Apps.Ordering).GetRequiredService<Peers>().Send(command, CancellationToken.None);

        public async Task CheckOut(string orderId, string customerId = "ann")
        {
            await Show(Topics.Basket, orderId, 4, new BasketResource(
                orderId, customerId, BasketStatus.CheckedOut,
                [
                    new BasketLine("tea", "s-1", "Tea shop", "Green tea", 4.20m, 3),
                    new BasketLine("gone", "s-1", "Tea shop", "Black tea", 3m, 1, Unavailable: true),
                    new BasketLine("cup", "s-2", "Cups", "Blue cup", 7.50m, 1),
                ],
                20.10m, "USD", "p-1", orderId, DateTimeOffset.UtcNow));
            await Eventually.True(async () => (await Http.GetAsync($"/api/orders/{orderId}")).IsSuccessStatusCode, what: "the order is there");
        }

        public Task ShowList(string orderId, long version, ShoppingListStatus status, int pickedTea = 0) => Show(Topics.ShoppingList, orderId, version, new ShoppingListResource(
            orderId, orderId, status, 1, "b-1",
            [new ShoppingStop("s-1", "Tea shop", "A1", [new ShoppingItem("tea", "Green tea", 3, pickedTea)]), new ShoppingStop("s-2", "Cups", "B2", [new ShoppingItem("cup", "Blue cup", 1, 0)])]));

        public Task ShowInvoice(string orderId, long version, InvoiceStatus status) => Show(Topics.Payment, $"p-{orderId[^12..]}", version, new PaymentResource(
            $"p-{orderId[^12..]}", "ann", 30m, "USD", PaymentStatus.Confirmed, orderId,
            Invoice: new InvoiceResource(orderId, orderId, "ann", $"p-{orderId[^12..]}", 4.20m, "USD", status)));

        /// <summary>Publishes what another service would, through the broker.</summary>
        Task Show<TValue>(Topic<TValue> topic, string id, long version, TValue value) where TValue : class
        {
            var cloudEvent = JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    specversion = "1.0",
                    id = $"{topic.Resource}.{id}.{version}",
                    source = topic.Owner,
                    type = $"mallbots.{topic.Owner}.{topic.Resource}-changed.v1",
                    subject = id,
                    datacontenttype = "application/json",
                    aggregateversion = version,
                    data = new { value, removed = false },
                },
                KitJson.Options);
            return mall.ServicesOf(Apps.Ordering).GetRequiredService<DaprClient>()
                .PublishByteEventAsync("pubsub", topic.Name, cloudEvent, "application/cloudevents+json");
        }
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.ServiceKit.Tests;

/// <summary>The smallest service on the kit, over HTTP, with a store and a broker in memory: what every service gets from the kit.</summary>
public sealed class CustomersOverHttpTests : IAsyncLifetime
{
    readonly MemoryStateStore store = new();
    readonly RecordingBroker broker = new();
    ListeningService service = null!;

    HttpClient Client => service.Client;

    public async ValueTask InitializeAsync() =>
        service = await ListeningService.Start(Customers.Program.Service, services => services.AddSingleton<IStateStore>(store).AddSingleton<IBroker>(broker));

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task A_customer_is_registered_shown_listed_and_announced()
    {
        var created = await Client.PostAsJsonAsync("/api/customers", new { name = "  Ann  ", smsNumber = "+491701234567" });
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var customer = await created.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("Ann", customer.GetProperty("name").GetString());
        Assert.Equal("\"1\"", created.Headers.ETag?.Tag);

        var shown = await Client.GetFromJsonAsync<JsonElement>(created.Headers.Location);
        Assert.Equal(customer.ToString(), shown.ToString());

        var announced = await broker.Next();
        Assert.Equal("mallbots.customers.customer", announced.Topic);
        Assert.Equal("mallbots.customers.customer-registered.v1", announced.Event.GetProperty("type").GetString());
        Assert.Equal("Ann", announced.Event.GetProperty("data").GetProperty("value").GetProperty("name").GetString());
        Assert.EndsWith("Z", announced.Event.GetProperty("time").GetString(), StringComparison.Ordinal);

        await Eventually.True(async () => (await Client.GetFromJsonAsync<JsonElement>("/api/customers")).GetProperty("items").GetArrayLength() == 1);
    }

    [Theory]
    [InlineData("{}", "name", "smsNumber")]
    [InlineData("{\"name\":\"\",\"smsNumber\":\"+491701234567\"}", "name")]
    [InlineData("{\"name\":\"Ann\",\"smsNumber\":\"12\"}", "smsNumber")]
    [InlineData("{\"name\":null,\"smsNumber\":\"+491701234567\"}", "name")]
    [InlineData("{\"name\":\"Ann\",\"smsNumber\":\"+491701234567\",\"age\":3}", "age")]
    [InlineData("{\"name\":5,\"smsNumber\":\"+491701234567\"}", "name")]
    [InlineData("{\"name\":", "body")]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    [InlineData("[]", "body")]
    public async Task Bad_input_names_the_field(string body, params string[] fields)
    {
        var answer = await Client.PostAsync("/api/customers", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("urn:mallbots:problem:invalid-request", problem.GetProperty("type").GetString());
        Assert.Equal(fields, problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    [Fact]
    public async Task The_same_key_gives_the_same_customer_and_another_body_is_refused()
    {
        async Task<HttpResponseMessage> Register(string name) => await Client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/customers")
        {
            Headers = { { "Idempotency-Key", "k-1" } },
            Content = JsonContent.Create(new { name, smsNumber = "+491701234567" }),
        });
        var first = await Register("Ann");
        var again = await Register("Ann");
        var other = await Register("Bob");
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, (HttpStatusCode)422), (first.StatusCode, again.StatusCode, other.StatusCode));
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        await broker.Next();
        Assert.True(broker.IsEmpty);
    }

    [Fact]
    public async Task If_Match_guards_a_change()
    {
        var created = await Client.PostAsJsonAsync("/api/customers", new { name = "Ann", smsNumber = "+491701234567" });
        async Task<HttpStatusCode> Disable(string tag) => (await Client.SendAsync(new HttpRequestMessage(HttpMethod.Put, created.Headers.Location + "/enabled")
        {
            Headers = { { "If-Match", tag } },
            Content = JsonContent.Create(new { enabled = false }),
        })).StatusCode;
        Assert.Equal(HttpStatusCode.PreconditionFailed, await Disable("\"7\""));
        Assert.Equal(HttpStatusCode.OK, await Disable("\"1\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await Disable("\"1\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await Disable("\"x\""));
    }

    [Theory]
    [InlineData("GET", "/api/customers/no.id", 404, "customer-unknown")]
    [InlineData("GET", "/api/customers/nobody", 404, "customer-unknown")]
    [InlineData("GET", "/api/customers?limit=0", 400, "invalid-request")]
    [InlineData("GET", "/api/customers?limit=x", 400, "invalid-request")]
    [InlineData("GET", "/api/customers?cursor=x", 400, "invalid-request")]
    [InlineData("GET", "/api/nothing", 404, "not-found")]
    [InlineData("PATCH", "/api/customers", 405, "method-not-allowed")]
    [InlineData("GET", "/internal/customer/nobody", 401, "unauthorized")]
    [InlineData("POST", "/internal/authorize-customer", 401, "unauthorized")]
    public async Task What_can_not_be_answered_is_a_problem_document(string method, string path, int status, string code)
    {
        var answer = await Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("customers", answer.Headers.GetValues(Peers.Mark).Single());
        Assert.Equal($"urn:mallbots:problem:{code}", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task Another_media_type_and_a_large_body_are_refused()
    {
        var text = await Client.PostAsync("/api/customers", new StringContent("x", System.Text.Encoding.UTF8, "text/plain"));
        var large = await Client.PostAsJsonAsync("/api/customers", new { name = new string('x', 2_000_000), smsNumber = "+491701234567" });
        Assert.Equal((415, 413), ((int)text.StatusCode, (int)large.StatusCode));
    }

    [Fact]
    public async Task The_feed_shows_what_changed_and_internal_queries_answer()
    {
        Client.DefaultRequestHeaders.Add("dapr-api-token", "secret");
        var end = (await Client.GetFromJsonAsync<JsonElement>("/internal/changes?after=end")).GetProperty("next").GetString();
        var created = await (await Client.PostAsJsonAsync("/api/customers", new { name = "Ann", smsNumber = "+491701234567" })).Content.ReadFromJsonAsync<JsonElement>();
        var id = created.GetProperty("customerId").GetString();
        JsonElement page = default;
        await Eventually.True(async () => (page = await Client.GetFromJsonAsync<JsonElement>($"/internal/changes?after={end}")).GetProperty("items").GetArrayLength() == 1);
        Assert.Equal(id, page.GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Contains((await Client.GetFromJsonAsync<JsonElement>("/internal/changes")).GetProperty("items").EnumerateArray(), item => item.GetProperty("id").GetString() == id);
        Assert.Equal("Ann", (await Client.GetFromJsonAsync<JsonElement>($"/internal/customer/{id}")).GetProperty("value").GetProperty("name").GetString());
        var answer = await (await Client.PostAsJsonAsync("/internal/authorize-customer", new { customerId = id, orderId = "o-1", workflowId = "o-1", step = "1" })).Content.ReadAsStringAsync();
        Assert.Equal("{\"outcome\":\"approved\"}", answer);
        var unknown = await (await Client.PostAsJsonAsync("/internal/authorize-customer", new { customerId = "nobody", orderId = "o-1", workflowId = "o-1", step = "1" })).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("refused", "customer-unknown"), (unknown.GetProperty("outcome").GetString(), unknown.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"customerId\":5,\"orderId\":\"o\",\"workflowId\":\"w\",\"step\":\"s\"}")]
    [InlineData("{\"customerId\":null,\"orderId\":\"o\",\"workflowId\":\"w\",\"step\":\"s\"}")]
    [InlineData("{\"customerId\":\"c\",\"orderId\":\"o\",\"workflowId\":\"w\"}")]
    [InlineData("{")]
    public async Task An_internal_command_that_can_not_be_read_is_refused(string body)
    {
        Client.DefaultRequestHeaders.Add("dapr-api-token", "secret");
        var answer = await Client.PostAsync("/internal/authorize-customer", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("urn:mallbots:problem:invalid-request", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task The_OpenAPI_document_tells_rules_and_problems()
    {
        var document = await Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");
        var register = document.GetProperty("paths").GetProperty("/api/customers").GetProperty("post");
        Assert.Contains("invalid-request", register.GetProperty("responses").GetProperty("400").GetProperty("description").GetString());
        Assert.Contains(register.GetProperty("parameters").EnumerateArray(), parameter => parameter.GetProperty("name").GetString() == "Idempotency-Key");
        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Equal(["name", "smsNumber"], schemas.GetProperty("RegisterCustomerRequest").GetProperty("properties").EnumerateObject().Select(field => field.Name));
        var number = schemas.GetProperty("ChangeSmsNumberRequest").GetProperty("properties").GetProperty("smsNumber");
        Assert.Equal(("string", "^\\+[0-9]{8,15}$"), (number.GetProperty("type").GetString(), number.GetProperty("pattern").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync("/swagger/index.html")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync("/readyz")).StatusCode);
    }

    sealed class RecordingBroker : IBroker
    {
        readonly ConcurrentQueue<(string Topic, JsonElement Event)> published = new();

        public bool IsEmpty => published.IsEmpty;

        public Task Publish(string topic, ReadOnlyMemory<byte> cloudEvent, string partitionKey, CancellationToken cancel)
        {
            published.Enqueue((topic, JsonDocument.Parse(cloudEvent.ToArray()).RootElement));
            return Task.CompletedTask;
        }

        public async Task<(string Topic, JsonElement Event)> Next()
        {
            (string, JsonElement) next = default;
            await Eventually.True(() => Task.FromResult(published.TryDequeue(out next)));
            return next;
        }
    }
}

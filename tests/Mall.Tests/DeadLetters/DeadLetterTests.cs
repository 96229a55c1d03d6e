using System.Text;
using System.Text.Json;
using Dapr.Client;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Mall.Tests.DeadLetters;

/// <summary>A mall whose catch-up comes back to what fails as the broker does, only sooner.</summary>
public sealed class AttentiveMall : RunningMall
{
    protected override LocalMallOptions Options => new()
    {
        Settings = new Dictionary<string, string?> { ["Depot:BotSpeed"] = "100000", ["CatchUp:Every"] = "00:00:00.2" },
        LogLevel = LogLevel.Error,
    };
}

/// <summary>Scenario 14, through the gateway: an event that can't be handled is a dead letter with its reason; operators look, redrive after a fix, or drop it.</summary>
public sealed class DeadLetterTests(AttentiveMall attentive) : IClassFixture<AttentiveMall>
{
    readonly LocalMall mall = attentive.Mall;
    readonly MallDriver gateway = attentive.Gateway;

    [Fact]
    public async Task An_order_whose_event_could_not_be_handled_is_made_by_redriving_it_once()
    {
        var product = await gateway.Product(await gateway.Store(), 5m);
        var customer = await gateway.Customer();
        var payment = await gateway.Payment(customer, 50m);
        var basket = await gateway.Basket(customer, (product, 2));

        // Something unreadable lies where the order is to be.
        var orders = mall.ServicesOf(Apps.Ordering).GetRequiredService<IStateStore>();
        Assert.True(await orders.Save($"order.{basket}", "\"unreadable\""u8.ToArray(), null, CancellationToken.None));
        await gateway.Checkout(basket, payment);
        var letter = $"baskets-basket-{basket}";
        var path = $"/api/dead-letters/ordering/{letter}";
        var dead = await gateway.Until(path, answer => answer.Code == 200);
        Assert.Equal((letter, "mallbots.baskets.basket", "JsonException"), (dead.Text("id"), dead.Text("topic"), dead.Text("exceptionType")));
        Assert.True(dead.Body.GetProperty("attempts").GetInt32() >= 10);
        Assert.True(dead.Body.GetProperty("firstAt").GetDateTimeOffset() < dead.Body.GetProperty("lastAt").GetDateTimeOffset());
        Assert.Equal(basket, JsonDocument.Parse(dead.Text("event")).RootElement.GetProperty("subject").GetString());
        Assert.Equal("degraded", (await Health(Apps.Ordering)).GetProperty("status").GetString());

        // Redriven before the fix it fails again, and says so.
        (await gateway.Post($"{path}/redrive")).ExpectProblem(409, "dead-letter-fails");
        var still = (await gateway.Get(path)).Expect(200);
        Assert.True(still.Body.GetProperty("attempts").GetInt32() > dead.Body.GetProperty("attempts").GetInt32()); // The catch-up may try it meanwhile.
        Assert.True(still.Body.GetProperty("lastAt").GetDateTimeOffset() > dead.Body.GetProperty("lastAt").GetDateTimeOffset());

        Assert.True(await orders.Delete($"order.{basket}", (await orders.Get($"order.{basket}", CancellationToken.None))!.Value.ETag, CancellationToken.None));
        (await gateway.Post($"{path}/redrive", key: "mended")).Expect(204);
        (await gateway.Post($"{path}/redrive")).ExpectProblem(404, "dead-letter-unknown");
        (await gateway.Post($"{path}/redrive", key: "mended")).Expect(204);
        await gateway.OrderIs(basket, OrderStatus.Ready);
        Assert.Empty(await Letters("?app=ordering"));
        Assert.Equal("ready", (await Health(Apps.Ordering)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Poison_is_listed_for_each_of_its_consumers_and_can_be_dropped()
    {
        const string Poison = """{"specversion":"1.0","id":"store.s-1.3","source":"stores","type":"mallbots.stores.store-created.v1","subject":"s-1","aggregateversion":"3","data":{"value":5,"removed":false}}""";
        await mall.ServicesOf(Apps.Stores).GetRequiredService<DaprClient>().PublishByteEventAsync(
            "pubsub", "mallbots.stores.store", Encoding.UTF8.GetBytes(Poison), "application/cloudevents+json", cancellationToken: TestContext.Current.CancellationToken);
        await gateway.Until("/api/dead-letters", answer => answer.Code == 200 && answer.Body.GetProperty("items").GetArrayLength() == 3);
        Assert.Equal([Apps.Baskets, Apps.Depot, Apps.Search], (await Letters()).Select(letter => letter.GetProperty("app").GetString()).Order());

        const string Path = "/api/dead-letters/baskets/stores-store-s-1";
        var letter = Assert.Single(await Letters("?app=baskets")).GetProperty("deadLetter");
        Assert.Equal(letter.GetRawText(), (await gateway.Get(Path)).Expect(200).Body.GetRawText());
        Assert.Equal(("PoisonException", 3, 1), (letter.GetProperty("exceptionType").GetString(), letter.GetProperty("version").GetInt32(), letter.GetProperty("attempts").GetInt32()));
        Assert.Equal("The values of store s-1 can't be read: data.value has the wrong type or an unknown value: 5.", letter.GetProperty("message").GetString());
        Assert.Equal("1 dead letters.", (await Health(Apps.Baskets)).GetProperty("reasons")[0].GetString());
        Assert.Equal("degraded", (await gateway.Get("/health")).Expect(200).Text("status"));

        foreach (var key in new[] { "k", "k", null }) (await gateway.Send(HttpMethod.Delete, Path, key: key)).Expect(204);
        (await gateway.Get(Path)).ExpectProblem(404, "dead-letter-unknown");
        Assert.Equal([Apps.Depot, Apps.Search], (await Letters()).Select(each => each.GetProperty("app").GetString()).Order());
        Assert.Equal("ready", (await Health(Apps.Baskets)).GetProperty("status").GetString());
        foreach (var app in new[] { Apps.Depot, Apps.Search }) (await gateway.Delete($"/api/dead-letters/{app}/stores-store-s-1")).Expect(204);
        Assert.DoesNotContain(await Letters(), each => each.GetProperty("deadLetter").GetProperty("id").GetString() == "stores-store-s-1");
        (await gateway.Get("/api/dead-letters?app=nobody")).ExpectProblem(404, "app-unknown");
        (await gateway.Post("/api/dead-letters/nobody/x/redrive")).ExpectProblem(404, "app-unknown");
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=201", "limit")]
    [InlineData("?limit=x", "limit")]
    [InlineData("?cursor=x", "cursor")]
    [InlineData("?cursor=MS4", "cursor", 200)] // A place before all letters of another app.
    public async Task Bad_input_names_the_field(string query, string field, int status = 400)
    {
        var answer = (await gateway.Get($"/api/dead-letters{query}")).Expect(status);
        if (status == 400) Assert.Equal(field, answer.Body.GetProperty("errors").EnumerateObject().Single().Name);
    }

    [Fact]
    public async Task The_OpenAPI_document_tells_it_all()
    {
        var paths = (await gateway.Get("/openapi/v1.json")).Expect(200).Body.GetProperty("paths");
        var list = paths.GetProperty("/api/dead-letters").GetProperty("get");
        Assert.Equal(["app", "limit", "cursor"], Parameters(list));
        var schema = (await gateway.Get("/openapi/v1.json")).Body.GetProperty("components").GetProperty("schemas").GetProperty("DeadLetterPage").GetProperty("properties");
        Assert.Equal(["items", "next", "unanswered"], schema.EnumerateObject().Select(member => member.Name));
        foreach (var call in new[] { paths.GetProperty("/api/dead-letters/{app}/{id}/redrive").GetProperty("post"), paths.GetProperty("/api/dead-letters/{app}/{id}").GetProperty("delete") })
        {
            Assert.Contains("Idempotency-Key", Parameters(call));
            Assert.Equal(["204", "400", "404", "422", "503"], call.GetProperty("responses").EnumerateObject().Select(answer => answer.Name).Except(["409"]).Order());
        }

        static IEnumerable<string?> Parameters(JsonElement call) => call.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString());
    }

    async Task<IReadOnlyList<JsonElement>> Letters(string query = "") =>
        [.. (await gateway.Get($"/api/dead-letters{query}")).Expect(200).Body.GetProperty("items").EnumerateArray()];

    /// <summary>A service's part of the health of the whole system, which a dead letter does not end.</summary>
    async Task<JsonElement> Health(string app) => (await gateway.Get("/health")).Expect(200).Body.GetProperty("services").GetProperty(app);
}

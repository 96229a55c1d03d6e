using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.ServiceKit.Tests.Messaging;

/// <summary>What becomes of a delivered event: handled, tried again, or a dead letter with its reason (architecture 3).</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    readonly Reaction reaction = new();
    ListeningService service = null!;

    HttpClient Client => service.Client;

    public async ValueTask InitializeAsync()
    {
        var definition = new ServiceDefinition(Apps.Baskets, service => service.Subscribe(on => on.React<StoreResource, Reaction>(Topics.Store)));
        service = await ListeningService.Start(
            definition, services => services.AddSingleton<IStateStore>(new MemoryStateStore()).AddSingleton<IBroker>(new Outbox.TestBroker()).AddSingleton(reaction));
        Client.DefaultRequestHeaders.Add("dapr-api-token", ListeningService.Token);
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData("\"7\"")]
    [InlineData("7")]
    public async Task An_event_is_handled_with_its_version_as_text_or_number_and_acknowledged_with_an_empty_body(string version)
    {
        var answer = await Deliver($$$"""{"id":"store.s.7","subject":"s","aggregateversion":{{{version}}},"correlationid":"c","more":1,"data":{"value":{"storeId":"s","name":"Tea","location":"A","participating":true,"new":1},"removed":false}}""");
        Assert.Equal((HttpStatusCode.OK, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        var seen = Assert.Single(reaction.Seen);
        Assert.Equal(("s", 7L, "Tea", "c"), (seen.Id, seen.Version, seen.Value.Name, seen.Source.Correlation));
    }

    [Fact]
    public async Task A_passing_fault_asks_for_another_try_and_leaves_no_dead_letter()
    {
        reaction.Fault = () => new UnavailableException("away");
        for (var i = 0; i < 15; i++) Assert.Equal(HttpStatusCode.InternalServerError, (await Deliver(Event("s", 1))).StatusCode);
        Assert.Empty(await DeadLetters());
    }

    [Fact]
    public async Task The_tenth_unexpected_exception_makes_a_dead_letter_that_can_be_redriven_after_a_fix()
    {
        reaction.Fault = () => new InvalidOperationException("a defect");
        for (var i = 0; i < 9; i++) Assert.Equal(HttpStatusCode.InternalServerError, (await Deliver(Event("s", 1))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Deliver(Event("s", 1))).StatusCode);

        var letter = Assert.Single(await DeadLetters());
        var id = letter.GetProperty("id").GetString();
        Assert.Equal(("InvalidOperationException", "a defect", 10), (letter.GetProperty("exceptionType").GetString(), letter.GetProperty("message").GetString(), letter.GetProperty("attempts").GetInt32()));
        Assert.Contains("degraded", await Client.GetStringAsync("/readyz"));

        Assert.Equal(HttpStatusCode.Conflict, (await Client.PostAsync($"/internal/dead-letters/{id}/redrive", null)).StatusCode);
        reaction.Fault = null;
        Assert.Equal(HttpStatusCode.NoContent, (await Client.PostAsync($"/internal/dead-letters/{id}/redrive", null)).StatusCode);
        Assert.Single(reaction.Seen);
        Assert.Empty(await DeadLetters());
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/internal/dead-letters/{id}")).StatusCode);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"id\":\"x\",\"subject\":\"s\",\"aggregateversion\":\"seven\",\"data\":{\"value\":{}}}")]
    [InlineData("{\"id\":\"x\",\"subject\":\"s\",\"aggregateversion\":\"7\",\"data\":{\"value\":5}}")]
    [InlineData("{\"id\":\"x\",\"subject\":\"s||t\",\"aggregateversion\":\"7\",\"data\":{\"value\":{}}}")]
    [InlineData("{\"id\":\"x\",\"subject\":\"../s\",\"aggregateversion\":\"7\",\"data\":{\"value\":{}}}")]
    [InlineData("{\"id\":\"x\",\"subject\":null,\"aggregateversion\":\"7\",\"data\":{\"value\":{}}}")]
    public async Task Poison_is_a_dead_letter_at_once_and_can_be_dropped(string poison)
    {
        Assert.Equal(HttpStatusCode.OK, (await Deliver(poison)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Deliver(poison)).StatusCode);
        var letter = Assert.Single(await DeadLetters());
        Assert.Equal(poison, letter.GetProperty("event").GetString());
        Assert.Equal(HttpStatusCode.NoContent, (await Client.DeleteAsync($"/internal/dead-letters/{letter.GetProperty("id").GetString()}")).StatusCode);
        Assert.Empty(await DeadLetters());
    }

    [Theory]
    [InlineData("{", "Not an event of mallbots.stores.store: it is no well-formed JSON (line 1, byte 2).")]
    [InlineData("[1]", "Not an event of mallbots.stores.store: it is no JSON object: [1].")]
    [InlineData("{}", "Not an event of mallbots.stores.store: subject is missing.")]
    [InlineData("""{"subject":5}""", "Not an event of mallbots.stores.store: subject is no text: 5.")]
    [InlineData("""{"subject":null}""", "Not an event of mallbots.stores.store: subject is null.")]
    [InlineData("""{"subject":"s||t"}""", "Not an event of mallbots.stores.store: subject is no id: \"s||t\".")]
    [InlineData("""{"subject":"s"}""", "Not an event of mallbots.stores.store: aggregateversion is missing.")]
    [InlineData("""{"subject":"s","aggregateversion":"x"}""", "Not an event of mallbots.stores.store: aggregateversion is not a number: \"x\".")]
    [InlineData("""{"subject":"s","aggregateversion":null}""", "Not an event of mallbots.stores.store: aggregateversion is not a number: null.")]
    [InlineData("""{"subject":"s","aggregateversion":1.5}""", "Not an event of mallbots.stores.store: aggregateversion is not a number: 1.5.")]
    [InlineData("""{"subject":"s","aggregateversion":"99999999999999999999"}""", "Not an event of mallbots.stores.store: aggregateversion is not a number: \"99999999999999999999\".")]
    [InlineData("""{"subject":"s","aggregateversion":1}""", "Not an event of mallbots.stores.store: data is missing.")]
    [InlineData("""{"subject":"s","aggregateversion":1,"data":[]}""", "Not an event of mallbots.stores.store: data is no object: [].")]
    [InlineData("""{"subject":"s","aggregateversion":1,"data":{}}""", "Not an event of mallbots.stores.store: data.value is missing.")]
    [InlineData("""{"subject":"s","aggregateversion":1,"data":{"value":{},"removed":"no"}}""", "Not an event of mallbots.stores.store: data.removed is neither true nor false: \"no\".")]
    [InlineData("""{"subject":"s","aggregateversion":1,"data":{"value":{}}}""", "Not an event of mallbots.stores.store: id is missing.")]
    [InlineData("""{"id":1,"subject":"s","aggregateversion":1,"data":{"value":{}}}""", "Not an event of mallbots.stores.store: id is no text: 1.")]
    [InlineData("""{"id":"x","correlationid":[],"subject":"s","aggregateversion":1,"data":{"value":{}}}""", "Not an event of mallbots.stores.store: correlationid is no text: [].")]
    [InlineData("""{"id":"x","subject":"s","aggregateversion":1,"data":{"value":null}}""", "The values of store s can't be read: data.value is null.")]
    [InlineData("""{"id":"x","subject":"s","aggregateversion":1,"data":{"value":5}}""", "The values of store s can't be read: data.value has the wrong type or an unknown value: 5.")]
    [InlineData("""{"id":"x","subject":"s","aggregateversion":1,"data":{"value":{"storeId":"s","name":"Tea"}}}""", "The values of store s can't be read: data.value.location is missing, data.value.participating is missing.")]
    [InlineData("""{"id":"x","subject":"s","aggregateversion":1,"data":{"value":{"storeId":"s","name":null,"location":"A","participating":true}}}""", "The values of store s can't be read: data.value.name is null.")]
    [InlineData("""{"id":"x","subject":"s","aggregateversion":1,"data":{"value":{"storeId":"s","name":"Tea","location":"A","participating":"yes"}}}""", "The values of store s can't be read: data.value.participating has the wrong type or an unknown value: \"yes\".")]
    public async Task The_reason_of_a_dead_letter_names_the_member_that_is_missing_or_wrong(string poison, string reason)
    {
        Assert.Equal(HttpStatusCode.OK, (await Deliver(poison)).StatusCode);
        Assert.Equal(("PoisonException", reason), (Assert.Single(await DeadLetters()).GetProperty("exceptionType").GetString(), (await DeadLetters())[0].GetProperty("message").GetString()));
    }

    [Fact]
    public void The_reason_names_a_member_within_a_list_and_shows_no_more_of_a_long_value_than_its_beginning()
    {
        var order = JsonSerializer.SerializeToNode(
            new OrderResource("o", "c", "p", DateTimeOffset.UnixEpoch, [new("p-1", "s-1", "S", "P", 1m, 1), new("p-2", "s-2", "S", "P", 2m, 1)], 3m, "USD", OrderStatus.Pending, null, null, null, null, []),
            KitJson.Options)!;
        Assert.Equal("o", Read().Value.OrderId); // What may be null may be missing.
        order["items"]![1]!.AsObject().Remove("price");
        Assert.Equal("The values of order o can't be read: data.value.items[1].price is missing.", Assert.Throws<PoisonException>(Read).Message);
        order["items"]![1]!["price"] = 2m;
        order["status"] = new string('x', 500);
        Assert.Equal($"The values of order o can't be read: data.value.status has the wrong type or an unknown value: \"{new string('x', 99)}….", Assert.Throws<PoisonException>(Read).Message);

        Seen<OrderResource> Read() => new Sight("order", "o", 1, false, JsonSerializer.SerializeToElement(order), new SeenFrom("e", "e")).As<OrderResource>();
    }

    [Fact]
    public async Task Events_without_the_sidecars_token_are_refused()
    {
        Client.DefaultRequestHeaders.Remove("dapr-api-token");
        Assert.Equal(HttpStatusCode.Unauthorized, (await Deliver(Event("s", 1))).StatusCode);
    }

    [Fact]
    public async Task Dapr_is_told_of_one_subscription_for_each_topic()
    {
        var subscriptions = await Client.GetFromJsonAsync<JsonElement>("/dapr/subscribe");
        var subscription = Assert.Single(subscriptions.EnumerateArray());
        Assert.Equal(("pubsub", "mallbots.stores.store", "events/mallbots.stores.store"), (
            subscription.GetProperty("pubsubName").GetString(), subscription.GetProperty("topic").GetString(), subscription.GetProperty("route").GetString()!.TrimStart('/')));
    }

    static string Event(string id, int version) =>
        $$$"""{"id":"store.{{{id}}}.{{{version}}}","subject":"{{{id}}}","aggregateversion":"{{{version}}}","data":{"value":{"storeId":"s","name":"Tea","location":"A","participating":true},"removed":false}}""";

    Task<HttpResponseMessage> Deliver(string cloudEvent) =>
        Client.PostAsync("/events/mallbots.stores.store", new StringContent(cloudEvent, Encoding.UTF8, "application/cloudevents+json"));

    async Task<List<JsonElement>> DeadLetters() =>
        [.. (await Client.GetFromJsonAsync<JsonElement>("/internal/dead-letters")).GetProperty("items").EnumerateArray()];

    sealed class Reaction : IReaction<StoreResource>
    {
        public List<Seen<StoreResource>> Seen { get; } = [];

        public Func<Exception>? Fault { get; set; }

        public Task See(Seen<StoreResource> seen, CancellationToken cancel)
        {
            if (Fault is { } fault) throw fault();
            Seen.Add(seen);
            return Task.CompletedTask;
        }
    }
}

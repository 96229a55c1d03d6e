using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Http;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MallBots.ServiceKit.Tests.Http;

/// <summary>What is said of a body that breaks a rule, in words, and what becomes of one that breaks none. The table over all calls of all services is in Mall.Tests/Values.</summary>
public sealed class RequestBodyTests(RequestBodyTests.Host host) : IClassFixture<RequestBodyTests.Host>
{
    /// <summary>A request with everything that one may have.</summary>
    public sealed record Purchase([Text(1, 10)] string Name, IReadOnlyList<Line> Items, OrderStatus Status, [Money] decimal Amount, bool Gift = false, [Text(0, 20, Lines = true)] string? Note = null);

    /// <summary>A part of it.</summary>
    public sealed record Line([Id] string ProductId, [Whole(1, 1000)] int Quantity);

    const string Good = """{"name":"Ann","items":[{"productId":"p-1","quantity":2}],"status":"inProgress","amount":14.90}""";

    /// <summary>A service with one call, for all cases.</summary>
    public sealed class Host : IAsyncLifetime
    {
        ListeningService service = null!;

        public HttpClient Client => service.Client;

        public async ValueTask InitializeAsync() => service = await ListeningService.Start(new ServiceDefinition(Apps.Customers, kit => kit.Api(
            api => api.Post("/purchases", (Purchase purchase, Command command) => Results.Ok(new { purchase, hash = command.BodyHash })))));

        public ValueTask DisposeAsync() => service.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"name":"Ann","items":[{"productId":"p-1","quantity":0}],"status":"inProgress","amount":1}""", "items[0].quantity: must be a whole number from 1 to 1000, not 0.")]
    [InlineData("""{"name":"Ann","items":[{"productId":"p-1","quantity":1},{"quantity":2.5}],"status":"inProgress","amount":1}""", "items[1].quantity: must be a whole number from 1 to 1000, not 2.5. items[1].productId: is required: a string.")]
    [InlineData("""{"name":"Ann","items":[{"productId":"p-1","quantity":2,"size":"L"}],"status":"inProgress","amount":1}""", "items[0].size: is no field of this request; its fields are productId, quantity.")]
    [InlineData("""{"name":"Ann","items":[5],"status":"inProgress","amount":1}""", "items[0]: must be a JSON object, not the number 5.")]
    [InlineData("""{"name":"Ann","items":"none","status":"inProgress","amount":1}""", "items: must be an array, not the string \"none\".")]
    [InlineData("""{"name":"Ann","items":[],"status":"InProgress","amount":1}""", "status: must be one of pending, approved, rejected, inProgress, ready, canceled, completed, not InProgress.")]
    [InlineData("""{"name":"Ann","items":[],"status":3,"amount":1}""", "status: must be one of pending, approved, rejected, inProgress, ready, canceled, completed, not the number 3.")]
    [InlineData("""{"name":"Ann","items":[],"status":"ready","amount":"14.90"}""", "amount: must be a number, not the string \"14.90\".")]
    [InlineData("""{"name":"Ann","items":[],"status":"ready","amount":99.99999999999999999999999999999999}""", "amount: must have at most two decimal places, not 99.99999999999999999999999999999999.")]
    [InlineData("""{"name":"Ann","items":[],"status":"ready","amount":1e400}""", "amount: must be greater than 0 and at most 1,000,000, not 1e400.")]
    [InlineData("""{"name":"Ann","name":"Bob","items":[],"status":"ready","amount":1}""", "name: stands here twice; send it once.")]
    [InlineData("""{"name":"Ann","items":[],"status":"ready","amount":1,"gift":"yes"}""", "gift: must be true or false, not the string \"yes\".")]
    [InlineData("""{"name":"a\u0007b","items":[],"status":"ready","amount":1,"note":"a\nb\u0000"}""", "name: must have no control characters; there is a U+0007. note: must have no control characters besides line breaks and tabs; there is a U+0000.")]
    [InlineData("""{"name":"\u200b","items":[],"status":"ready","amount":1}""", "name: must have a character that can be seen; all of it is invisible.")]
    [InlineData("""{"name":"\ud800","items":[],"status":"ready","amount":1}""", "name: must be of whole characters; there is half a surrogate pair, such as \\ud800 alone.")]
    [InlineData("""{"name":null,"status":"ready"}""", "name: must be a string, not null. items: is required: an array. amount: is required: a number.")]
    [InlineData("""{"name":"x","items":}""", "body: is no JSON: } at line 1, column 21 can't stand there.")]
    [InlineData("{\r\n  \"name\": \"Zoë\",,\r\n}", "body: is no JSON: , at line 2, column 17 can't stand there.")]
    [InlineData("""{"name":""", "body: is no JSON: it ends at line 1, column 9, before it is complete.")]
    [InlineData("""{"name":"x"} x""", "body: is no JSON: x at line 1, column 14 can't stand there.")]
    [InlineData("""/* x */ {}""", "body: is no JSON: / at line 1, column 1 can't stand there; JSON has no comments.")]
    [InlineData("\uFEFF{}", "body: begins with a byte order mark (EF BB BF); send the JSON without it.")]
    [InlineData("null", "body: must be a JSON object, not null.")]
    [InlineData("", "body: is missing; send a JSON object.")]
    public async Task A_fault_is_named_with_its_place_what_was_sent_and_the_rule(string body, string detail)
    {
        var answer = await Post(body);
        Assert.Equal((HttpStatusCode.BadRequest, detail), (answer.Status, answer.Body.GetProperty("detail").GetString()));
    }

    [Fact]
    public async Task Nesting_without_end_and_bytes_that_are_no_text_are_said_to_be_it()
    {
        var deep = (await Post($"{{\"name\":{new string('[', 1000)}")).Body.GetProperty("detail").GetString();
        Assert.Equal("body: is no JSON: [ at line 1, column 72 can't stand there; it is nested more than 64 levels deep.", deep);
        var bytes = (await Post([.. "{\"name\":\""u8, 0xFF, .. "\"}"u8])).Body.GetProperty("detail").GetString();
        Assert.Equal("body: is no UTF-8: byte 10 is FF, which fits no character there.", bytes);
    }

    [Fact]
    public async Task A_body_with_very_many_faults_has_the_first_ones_told()
    {
        var items = string.Join(',', Enumerable.Repeat("""{"productId":"p.1","quantity":0}""", 5_000));
        var answer = await Post($$"""{"name":"Ann","items":[{{items}}],"status":"ready","amount":1}""");
        Assert.Equal((HttpStatusCode.BadRequest, 20), (answer.Status, answer.Body.GetProperty("errors").EnumerateObject().Count()));
    }

    [Fact]
    public async Task Every_notation_of_a_number_is_the_same_request()
    {
        var first = await Post(Good);
        Assert.Equal(HttpStatusCode.OK, first.Status);
        foreach (var amount in new[] { "14.9", "14.900", "1.49e1", "149E-1", "0.149e+2" })
            Assert.Equal(first.Body.GetRawText(), (await Post(Good.Replace("14.90", amount, StringComparison.Ordinal))).Body.GetRawText());
        Assert.Equal("14.90", first.Body.GetProperty("purchase").GetProperty("amount").GetRawText());
        Assert.Equal("3", (await Post(Good.Replace(":2}", ":0.3e1}", StringComparison.Ordinal))).Body.GetProperty("purchase").GetProperty("items")[0].GetProperty("quantity").GetRawText());
        Assert.NotEqual(first.Body.GetProperty("hash").GetString(), (await Post(Good.Replace("14.90", "14.91", StringComparison.Ordinal))).Body.GetProperty("hash").GetString());
    }

    /// <summary>Keys are remembered for a day, also over an update: what is hashed is the request in the order of its record, numbers without needless zeros.</summary>
    [Fact]
    public async Task The_hash_that_is_kept_with_a_key_is_that_of_earlier_versions()
    {
        const string stored = """{"name":"Ann","items":[{"productId":"p-1","quantity":2}],"status":"inProgress","amount":14.9,"gift":false}""";
        Assert.Equal(Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(stored)))[..32], (await Post(Good)).Body.GetProperty("hash").GetString());
    }

    [Fact]
    public void A_request_with_a_text_or_number_that_no_rule_holds_is_a_defect_that_a_service_does_not_start_with()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        StrictJson.Configure(options);
        foreach (var type in new[] { new { Text = "" }.GetType(), new { Number = 1 }.GetType(), new { Amount = 1m }.GetType(), new { Time = DateTime.UnixEpoch }.GetType() })
            Assert.Throws<InvalidOperationException>(() => RequestBody.Prepare(options.GetTypeInfo(type)));
        RequestBody.Prepare(options.GetTypeInfo(typeof(Purchase)));
    }

    Task<(HttpStatusCode Status, JsonElement Body)> Post(string body) => Post(Encoding.UTF8.GetBytes(body));

    async Task<(HttpStatusCode Status, JsonElement Body)> Post(byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/purchases") { Content = new ByteArrayContent(body), Headers = { { "Idempotency-Key", "k" } } };
        request.Content.Headers.ContentType = new("application/json");
        var answer = await host.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }
}

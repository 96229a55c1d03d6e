using System.Text.Json;
using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Values;

/// <summary>Specification 2: conditional requests by RFC 9110, what may not be there yet, times, and the words of the API, over every operation of every service.</summary>
public partial class ConditionTests(RunningMall running)
{
    [Fact]
    public async Task Who_knows_the_present_version_gets_304_without_a_body()
    {
        using var table = new Table(running.Mall);
        var ids = await Resources();
        foreach (var operation in await SingleResources())
        {
            var path = PathOf(operation, ids);
            var tag = (await table.Send(operation, path, null)).Expect(200).Headers.ETag?.Tag;
            Assert.Equal(operation.IsVersioned || operation.App == Apps.OrderWorkflow, tag is not null);
            if (!operation.IsVersioned) continue;
            foreach (var known in new[] { tag!, $"W/{tag}", $"\"0\", {tag}", $"\"0\" ,W/{tag}", "*" })
            {
                var answer = await table.Send(operation, path, null, headers: [("If-None-Match", known)]);
                table.Wanted(answer, operation, known, answer.Code == 304 && answer.Headers.ETag?.Tag == tag && answer.Body.ValueKind == JsonValueKind.Undefined, "304 with its ETag");
            }

            var lines = await table.Send(operation, path, null, headers: [("If-None-Match", "\"0\""), ("If-None-Match", tag!)]);
            table.Wanted(lines, operation, "two lines", lines.Code == 304, "304");
            foreach (var other in new[] { "\"0\"", "\"x\"", $"\"0{tag!.Trim('"')}\"", "\"\"" })
            {
                var answer = await table.Send(operation, path, null, headers: [("If-None-Match", other)]);
                table.Wanted(answer, operation, other, answer.Code == 200 && answer.Body.ValueKind == JsonValueKind.Object, "200 with all of it");
            }

            await Malformed(table, operation, path, "If-None-Match");
        }

        table.HasNoWrongRow(100);
    }

    [Fact]
    public async Task A_change_is_made_to_a_version_that_If_Match_names_and_to_no_other()
    {
        using var table = new Table(running.Mall);
        var shop = running.Gateway;
        var customer = await shop.Customer();
        var path = $"/api/customers/{customer}/enabled";
        var operation = (await Operation.All(running.Mall)).Single(each => each is { Method: "PUT", Path: "/api/customers/{customerId}/enabled" });
        async Task Is(int status, params string[] tags)
        {
            var answer = await table.Send(operation, path, """{"enabled":true}"""u8.ToArray(), headers: [.. tags.Select(tag => ("If-Match", tag))]);
            table.Wanted(answer, operation, string.Join(" | ", tags), answer.Code == status && (status != 412 || answer.Problem == "version-mismatch"), $"{status}");
        }

        foreach (var matching in new[] { "\"1\"", "\"0\", \"1\"", "\"1\",\"7\"", "W/\"1\", \"1\"", "*", " \"1\" " }) await Is(200, matching);
        await Is(200, "\"0\"", "\"1\"");
        foreach (var other in new[] { "\"2\"", "W/\"1\"", "\"01\"", "\"x\"", "\"\"", "\"1.0\"", "\"2\", W/\"1\"" }) await Is(412, other);
        table.HasNoWrongRow(14);

        var nobody = await table.Send(operation, "/api/customers/nobody/enabled", """{"enabled":true}"""u8.ToArray(), headers: [("If-Match", "*")]);
        Assert.Equal((404, "customer-unknown"), (nobody.Code, nobody.Problem));
        var product = await shop.Product(await shop.Store());
        var remove = (await Operation.All(running.Mall)).Single(each => each is { Method: "DELETE", Path: "/api/products/{productId}" });
        Assert.Equal(204, (await table.Send(remove, $"/api/products/{product}", null, headers: [("If-Match", "*")])).Code);
        Assert.Equal(412, (await table.Send(remove, $"/api/products/{product}", null, headers: [("If-Match", "*")])).Code);
        Assert.Equal(204, (await table.Send(remove, $"/api/products/{product}", null)).Code);
    }

    [Fact]
    public async Task A_header_that_is_malformed_doubled_or_no_printable_ASCII_is_named()
    {
        using var table = new Table(running.Mall);
        foreach (var operation in await Operation.All(running.Mall))
        {
            var takes = operation.Document.TryGetProperty("parameters", out var parameters) ? parameters.EnumerateArray().Select(each => each.GetProperty("name").GetString()!).ToHashSet() : [];
            var body = operation.Members.Count > 0 ? System.Text.Encoding.UTF8.GetBytes(operation.Example.ToJsonString()) : null;
            if (takes.Contains("If-Match")) await Malformed(table, operation, operation.PathOfNothing, "If-Match", body);
            if (takes.Contains("Idempotency-Key"))
            {
                foreach (var key in new[] { new string('k', 101), "a\tb" })
                {
                    var answer = await table.Send(operation, operation.PathOfNothing, body, headers: [("Idempotency-Key", key)]);
                    table.Wanted(answer, operation, key, Names(answer, "Idempotency-Key"), "400 that names Idempotency-Key");
                }

                var twice = await RawRequest.Send(running.Mall[operation.App], operation.Method, operation.PathOfNothing, "Idempotency-Key", "a\r\nIdempotency-Key: b"u8.ToArray(), body);
                table.Wanted(twice, operation, "two keys", Names(twice, "Idempotency-Key"), "400 that names Idempotency-Key");
            }

            foreach (var header in new[] { "Idempotency-Key", "If-Match", "If-None-Match", "Content-Type" })
            {
                foreach (var bytes in new byte[][] { [.. "caf"u8, 0xC3, 0xA9], [.. "caf"u8, 0xE9], [.. "a"u8, 0x01, .. "b"u8], [0x7F] })
                {
                    var answer = await RawRequest.Send(running.Mall[operation.App], operation.Method, operation.PathOfNothing, header, bytes);
                    table.Wanted(answer, operation, $"{header}: {Convert.ToHexString(bytes)}", Names(answer, header), $"400 that names {header}");
                }
            }

            var agent = await RawRequest.Send(running.Mall[operation.App], operation.Method, operation.PathOfNothing, "User-Agent", [.. "caf"u8, 0xE9]);
            table.Wanted(agent, operation, "User-Agent: caf\xE9", agent.Code != 500 && !(agent.Code == 400 && Names(agent, "User-Agent")), "to be let through");
        }

        table.HasNoWrongRow(600);
    }

    [Fact]
    public async Task What_an_event_of_ours_makes_may_come_in_a_moment_and_its_404_says_when_to_ask_again()
    {
        using var table = new Table(running.Mall);
        string[] made = ["orderId", "invoiceId", "shoppingListId"];
        var texts = new Dictionary<(string App, string Placeholder), HashSet<string>>();
        foreach (var operation in (await Operation.All(running.Mall)).Where(operation => operation.Path.Contains('{', StringComparison.Ordinal)))
        {
            var placeholder = operation.Path.Split('{', '}')[1];
            var body = operation.Members.Count > 0 ? System.Text.Encoding.UTF8.GetBytes(operation.Example.ToJsonString()) : null;
            var answer = await table.Send(operation, operation.PathOfNothing, body);
            var later = answer.Headers.RetryAfter is not null;
            var documented = operation.Document.GetProperty("responses").GetProperty("404").TryGetProperty("headers", out var headers) && headers.TryGetProperty("Retry-After", out _);
            table.Wanted(answer, operation, "an id of nothing", answer.Code == 404 && later == made.Contains(placeholder) && later == documented, $"404{(made.Contains(placeholder) ? " with Retry-After" : "")}");
            if (!texts.TryGetValue((operation.App, placeholder), out var said)) texts[(operation.App, placeholder)] = said = [];
            said.Add(answer.Body.TryGetProperty("detail", out var detail) ? detail.GetString()! : "");
        }

        table.HasNoWrongRow(25);
        Assert.All(texts, said => Assert.Single(said.Value));
    }

    [Fact]
    public async Task Every_time_in_every_answer_is_UTC_with_Z()
    {
        using var table = new Table(running.Mall);
        var ids = await Resources();
        var times = 0;
        foreach (var operation in (await Operation.All(running.Mall)).Where(operation => operation.Method == "GET"))
        {
            var answer = await table.Send(operation, PathOf(operation, ids), null);
            var text = answer.Expect(200).Body.GetRawText();
            times += Zulu().Count(text);
            table.Wanted(answer, operation, "GET", !AnyTime().Matches(text).Any(time => !Zulu().IsMatch(time.Value)), "only times with Z");
        }

        table.HasNoWrongRow(20);
        Assert.True(times > 10, $"There were only {times} times.");
    }

    [Fact]
    public async Task Refusals_say_what_something_is_in_the_words_of_the_API()
    {
        var shop = running.Gateway;
        var ids = await Resources();
        var late = await shop.Post($"/api/orders/{ids["orderId"]}/cancel", new { reason = "" });
        Assert.Contains("is ready", late.ExpectProblem(409, "order-too-late-to-cancel").Text("detail"), StringComparison.Ordinal);
        var list = await shop.Post($"/api/shopping-lists/{ids["shoppingListId"]}/assign", new { botId = ids["botId"] });
        Assert.Contains("is completed", list.ExpectProblem(409, "list-not-available").Text("detail"), StringComparison.Ordinal);
    }

    /// <summary>An order that is ready, and all that belongs to it.</summary>
    async Task<Dictionary<string, string>> Resources()
    {
        var shop = running.Gateway;
        var store = await shop.Store();
        var product = await shop.Product(store);
        var customer = await shop.Customer();
        var payment = await shop.Payment(customer, 20m);
        var order = await shop.Checkout(await shop.Basket(customer, (product, 1)), payment);
        await shop.OrderIs(order, OrderStatus.Ready);
        await shop.Until($"/api/invoices/{order}", answer => answer.Code == 200);
        await shop.Until($"/api/search/orders/{order}", answer => answer.Code == 200 && answer.Text("status") == "ready");
        await shop.Until($"/api/order-workflows/{order}", answer => answer.Code == 200 && answer.Text("status") == "ended");
        var bot = (await shop.Get($"/api/shopping-lists/{order}")).Expect(200).Text("botId");
        return new()
        {
            ["storeId"] = store,
            ["productId"] = product,
            ["customerId"] = customer,
            ["paymentId"] = payment,
            ["basketId"] = order,
            ["orderId"] = order,
            ["invoiceId"] = order,
            ["shoppingListId"] = order,
            ["botId"] = bot,
        };
    }

    async Task<IEnumerable<Operation>> SingleResources() =>
        (await Operation.All(running.Mall)).Where(operation => operation.Method == "GET" && operation.Path.EndsWith('}'));

    static async Task Malformed(Table table, Operation operation, string path, string header, byte[]? body = null)
    {
        foreach (var value in new[] { "1", "\"1", "1\"", "\"1\" \"2\"", "*, \"1\"", "\"1\", *", "W/1", ",", "\"a\"b", "**" })
        {
            var answer = await table.Send(operation, path, body, headers: [(header, value)]);
            table.Wanted(answer, operation, $"{header}: {value}", Names(answer, header) && answer.Text("detail").Contains(value, StringComparison.Ordinal), $"400 that names {header} and {value}");
        }
    }

    static bool Names(Answer answer, string field) =>
        answer is { Code: 400, Problem: "invalid-request" } && answer.Body.GetProperty("errors").EnumerateObject().Select(error => error.Name).SequenceEqual([field]);

    static string PathOf(Operation operation, IReadOnlyDictionary<string, string> ids) =>
        ids.Aggregate(operation.Path, (path, id) => path.Replace($"{{{id.Key}}}", id.Value, StringComparison.Ordinal));

    [System.Text.RegularExpressions.GeneratedRegex(@"""\d{4}-\d\d-\d\dT[^""]*""")]
    private static partial System.Text.RegularExpressions.Regex AnyTime();

    [System.Text.RegularExpressions.GeneratedRegex(@"""\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z""")]
    private static partial System.Text.RegularExpressions.Regex Zulu();
}

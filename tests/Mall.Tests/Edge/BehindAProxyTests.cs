using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Edge;

/// <summary>What the gateway passes on, and what it believes of a proxy in front of it: <c>https://shop.example/mall/</c>.</summary>
public class BehindAProxyTests
{
    static readonly (string Name, string Value)[] OfTheProxy =
        [("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "shop.example"), ("X-Forwarded-Prefix", "/mall"), ("X-Forwarded-For", "203.0.113.7")];

    [Fact]
    public async Task Behind_a_proxy_that_is_trusted_locations_and_OpenAPI_documents_have_its_address()
    {
        await using var mall = await SmallMall.Start();
        foreach (var (name, value) in OfTheProxy) mall.Gateway.DefaultRequestHeaders.Add(name, value);

        using var created = await mall.Gateway.PostAsJsonAsync("/api/stores", new { name = "Tea House", location = "Level 1" });
        Assert.StartsWith("/mall/api/stores/", created.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal("https://shop.example/mall", (await Document(mall, "/openapi/stores.json")).GetProperty("servers")[0].GetProperty("url").GetString());
        Assert.Equal("https://shop.example/mall", (await Document(mall, "/openapi/v1.json")).GetProperty("servers")[0].GetProperty("url").GetString());
        // Seen from /mall/swagger/index.html, these are /mall/openapi/….
        var page = await mall.Gateway.GetStringAsync("/swagger/index.html") + await mall.Gateway.GetStringAsync("/swagger/index.js");
        Assert.Contains("\"../openapi/stores.json\"", page.Replace("\\u0022", "\"", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("../openapi/v1.json", page, StringComparison.Ordinal);

        var reached = mall.Reached.First();
        foreach (var (name, value) in OfTheProxy) Assert.Equal(value, reached[name]);
    }

    [Theory]
    [InlineData("10.0.0.0/8, fd00::/8, 192.0.2.7")]
    [InlineData("")]
    public async Task What_others_say_of_a_proxy_is_ignored_and_not_passed_on(string trusted)
    {
        await using var mall = await SmallMall.Start(trusted);
        foreach (var (name, value) in OfTheProxy) mall.Gateway.DefaultRequestHeaders.Add(name, value);

        using var created = await mall.Gateway.PostAsJsonAsync("/api/stores", new { name = "Tea House", location = "Level 1" });
        Assert.StartsWith("/api/stores/", created.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(mall[Apps.Gateway], new Uri((await Document(mall, "/openapi/stores.json")).GetProperty("servers")[0].GetProperty("url").GetString()!));

        var reached = mall.Reached.First();
        Assert.False(reached.ContainsKey("X-Forwarded-Prefix"));
        Assert.Equal(("http", mall[Apps.Gateway].Authority, "127.0.0.1"), (reached["X-Forwarded-Proto"], reached["X-Forwarded-Host"], reached["X-Forwarded-For"]));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("127.0.0.1, nobody")]
    [InlineData("10")]
    [InlineData("10.0.0.1;10.0.0.2")]
    public async Task A_setting_that_is_no_list_of_addresses_stops_the_start_with_one_line(string setting)
    {
        var mistake = await Assert.ThrowsAsync<LocalMallException>(() => SmallMall.Start(setting));
        Assert.Contains("Gateway:TrustedProxies", mistake.Message, StringComparison.Ordinal);
        Assert.Contains(setting.Split(", ")[^1], mistake.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', mistake.Message);
    }

    [Fact]
    public async Task Services_get_what_they_read_and_nothing_else_of_what_a_client_sends()
    {
        await using var mall = await SmallMall.Start();
        (string, string)[] passedOn =
        [
            ("Accept", "application/json"), ("Authorization", "Bearer x"), ("Idempotency-Key", "once"), ("If-Match", "\"1\""), ("If-None-Match", "\"2\""),
            ("If-Unmodified-Since", "Mon, 30 Nov 2026 12:00:00 GMT"), ("tracestate", "vendor=1"), ("baggage", "tour=7"),
        ];
        var request = new EdgeRequest("POST", "/api/stores") { Body = Encoding.UTF8.GetBytes("""{"name":"Tea","location":"Here"}""") };
        request = passedOn.Aggregate(request, (each, header) => each.With(header.Item1, header.Item2))
            .With("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
            .With("User-Agent", "caf\u00e9").With("Cookie", "a=b").With("Origin", "https://elsewhere.example").With("Via", "1.1 x").With("X-Custom", "1")
            .With("dapr-app-id", "customers").With("dapr-anything", "1").With("Forwarded", "host=elsewhere.example").With("Expect", "100-continue").With("TE", "trailers");

        var answer = await RawHttp.Send(mall[Apps.Gateway], request.ToBytes());
        Assert.True(answer is { Status: 201 or 409 or 412 }, $"{answer}: {answer?.Body}");

        var reached = Assert.Single(mall.Reached);
        foreach (var (name, value) in passedOn) Assert.Equal(value, name == "baggage" ? reached[name].Replace(" ", "", StringComparison.Ordinal) : reached[name]);
        Assert.StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-", reached["traceparent"], StringComparison.Ordinal);
        string[] ofTheHop = ["Host", "Content-Length", "Content-Type", "traceparent", "dapr-api-token", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"];
        Assert.Empty(reached.Keys.Except([.. passedOn.Select(header => header.Item1), .. ofTheHop], StringComparer.OrdinalIgnoreCase));
    }

    static async Task<JsonElement> Document(SmallMall mall, string path)
    {
        JsonElement? document = null;
        await Eventually.True(async () =>
        {
            using var answer = await mall.Gateway.GetAsync(path);
            if (answer.IsSuccessStatusCode) document = await answer.Content.ReadFromJsonAsync<JsonElement>();
            return document is not null;
        }, TimeSpan.FromSeconds(30), path);
        return document!.Value;
    }
}

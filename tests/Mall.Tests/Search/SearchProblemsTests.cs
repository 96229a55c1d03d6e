using System.Text.Json;
using Xunit;

namespace MallBots.Mall.Tests.Search;

/// <summary>What a caller can ask wrongly, against one mall.</summary>
public sealed class SearchProblemsTests(SearchProblemsTests.Fixture fixture) : IClassFixture<SearchProblemsTests.Fixture>
{
    [Theory]
    [InlineData("/api/search/orders/none", 404, "order-unknown")]
    [InlineData("/api/search/orders/no.id", 404, "order-unknown")]
    [InlineData("/api/search/orders?status=lost", 400, "invalid-request")]
    [InlineData("/api/search/orders?customerId=no.id", 400, "invalid-request")]
    [InlineData("/api/search/orders?after=yesterday", 400, "invalid-request")]
    [InlineData("/api/search/orders?after=2026-01-31", 400, "invalid-request")]
    [InlineData("/api/search/orders?after=2026-01-31T12:00:00", 400, "invalid-request")]
    [InlineData("/api/search/orders?before=12", 400, "invalid-request")]
    [InlineData("/api/search/orders?minTotal=-1", 400, "invalid-request")]
    [InlineData("/api/search/orders?maxTotal=99999999999999999999999999999", 400, "invalid-request")]
    [InlineData("/api/search/orders?maxTotal=1e10", 400, "invalid-request")]
    [InlineData("/api/search/orders?text=%00", 400, "invalid-request")]
    [InlineData("/api/search/orders?text=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k", 400, "invalid-request")]
    [InlineData("/api/search/orders?limit=0", 400, "invalid-request")]
    [InlineData("/api/search/orders?cursor=x", 400, "invalid-request")]
    [InlineData("/api/search/orders?cursor=dGltZS5vLTEuYWJj", 400, "invalid-request")]
    [InlineData("/api/search/products?sort=colour", 400, "invalid-request")]
    [InlineData("/api/search/products?minPrice=x", 400, "invalid-request")]
    [InlineData("/api/search/products?storeId=no.id", 400, "invalid-request")]
    [InlineData("/api/search/products?cursor=dGltZS5vLTEuNQ", 400, "invalid-request")]
    public async Task What_can_not_be_asked_is_a_problem_document(string path, int status, string code)
    {
        using var client = fixture.Mall.Client();
        using var answer = await client.GetAsync(path);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode} {body}");
        Assert.Equal($"urn:mallbots:problem:{code}", JsonDocument.Parse(body).RootElement.GetProperty("type").GetString());
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal SearchMall Mall { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Mall = await SearchMall.Start();

        public ValueTask DisposeAsync() => Mall.DisposeAsync();
    }
}

using System.Net;
using System.Net.Http.Json;
using MallBots.Contracts;
using MallBots.ServiceKit;
using MallBots.TestKit;
using Microsoft.Data.Sqlite;
using Xunit;

namespace MallBots.Mall.Tests.Search;

public sealed class RebuildTests
{
    [Fact]
    public async Task A_rebuild_reads_all_from_the_owners_and_drops_what_they_never_knew()
    {
        await using var mall = await SearchMall.Start(Apps.Stores, Apps.Customers, Apps.Ordering);
        var store = await mall.AStoreWithAProduct();
        await Eventually.True(async () => (await mall.Find<ProductSearchResult>("/api/search/products")).Count == 1);

        // What no owner ever said: an order, and a name that is ahead of its owner.
        await mall.Deliver(Topics.Order, "ghost", 7, SearchMall.AnOrder("ghost", "ann", DateTimeOffset.UnixEpoch, OrderStatus.Ready, 1m, ("tea", "leaf")));
        await mall.Store(store, "Wrong", version: 99);

        using var client = mall.Client();
        Assert.Equal(new RebuildProgress(RebuildStatus.None, 0, 0), await Progress(client));
        using var asked = await client.PostAsync("/api/search/rebuild", null);
        Assert.Equal((HttpStatusCode.Accepted, "/api/search/rebuild"), (asked.StatusCode, asked.Headers.Location?.ToString()));
        await Eventually.True(async () => await Progress(client) is { Status: RebuildStatus.Done, Number: 1, Entities: 2, FinishedAt: not null });

        Assert.Null(await mall.Order("ghost"));
        Assert.Equal("Leaf & Kettle", (await mall.Find<ProductSearchResult>("/api/search/products")).Single().StoreName);
    }

    [Fact]
    public async Task The_same_key_asks_for_one_rebuild_only()
    {
        await using var mall = await SearchMall.Start(Apps.Stores, Apps.Customers, Apps.Ordering);
        using var client = mall.Client();
        for (var time = 0; time < 2; time++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/search/rebuild") { Headers = { { "Idempotency-Key", "k" } } };
            using var answer = await client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            await Eventually.True(async () => await Progress(client) is { Status: RebuildStatus.Done, Number: 1 });
        }
    }

    [Fact]
    public async Task A_new_database_fills_itself_from_the_owners()
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-search-");
        try
        {
            await using (var mall = await SearchMall.Start(Apps.Stores, Apps.Customers, Apps.Ordering))
            {
                await mall.AStoreWithAProduct();
                await Eventually.True(async () => (await mall.Find<ProductSearchResult>("/api/search/products")).Count == 1);
                await mall.Restart(Path.Combine(folder.FullName, "search.db"));
                await Eventually.True(async () => (await mall.Find<ProductSearchResult>("/api/search/products")).Count == 1);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_database_of_another_version_is_made_anew_and_filled_from_the_owners()
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-search-");
        var file = Path.Combine(folder.FullName, "search.db");
        try
        {
            await using (var mall = await SearchMall.Start(Apps.Stores, Apps.Customers, Apps.Ordering))
            {
                await mall.AStoreWithAProduct();
                await mall.Restart(file);
                await Eventually.True(async () => (await mall.Find<ProductSearchResult>("/api/search/products")).Count == 1);
                await mall.Mall.StopServiceAsync(Apps.Search);
                await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
                {
                    await connection.OpenAsync();
                    await using var command = connection.CreateCommand();
                    command.CommandText = "UPDATE search_schema SET version = 0; DROP TABLE products; CREATE TABLE products (something text); DROP TABLE search_state";
                    await command.ExecuteNonQueryAsync();
                }

                await mall.Restart(file);
                await Eventually.True(async () => (await mall.Find<ProductSearchResult>("/api/search/products")).Count == 1);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task<RebuildProgress> Progress(HttpClient client) => (await client.GetFromJsonAsync<RebuildProgress>("/api/search/rebuild", KitJson.Options))!;
}

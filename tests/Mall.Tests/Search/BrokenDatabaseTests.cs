using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Messaging;
using MallBots.TestKit;
using Microsoft.Data.Sqlite;
using Xunit;

namespace MallBots.Mall.Tests.Search;

/// <summary>A search.db that is broken is set aside, once, and filled anew; one that can't be opened or written is left where it is (specification 3, search).</summary>
public sealed class BrokenDatabaseTests : IAsyncLifetime
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-search-");
    SearchMall mall = null!;

    string File => Path.Combine(folder.FullName, "search.db");

    public async ValueTask InitializeAsync()
    {
        mall = await SearchMall.Start(Apps.Stores, Apps.Customers, Apps.Ordering);
        await mall.AStoreWithAProduct();
    }

    public async ValueTask DisposeAsync()
    {
        await mall.DisposeAsync();
        SqliteConnection.ClearAllPools();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("header overwritten", true)]
    [InlineData("a table's page scribbled over", true)] // Found while it runs: nothing reads it before a query does.
    [InlineData("every page but the first scribbled over", true)]
    [InlineData("cut in half", true)]
    [InlineData("cut to a few bytes", true)]
    [InlineData("empty", false)]
    [InlineData("not there", false)]
    [InlineData("well", false)]
    public async Task A_file_that_is_broken_is_set_aside_and_a_new_one_filled_and_any_other_is_used_as_it_is(string how, bool aside)
    {
        await Filled();
        await Closed();
        await Break(how);
        var broken = System.IO.File.Exists(File) ? await System.IO.File.ReadAllBytesAsync(File) : [];
        await mall.Restart(File);
        await Full();
        await Eventually.True(async () => (await Readiness()).Status == 200);
        Assert.Equal(aside ? 1 : 0, Aside.Length);
        if (aside) Assert.Equal(broken.Length, new FileInfo(Aside[0]).Length);
        await Eventually.True(async () => (await Rebuild()).Status == (aside ? RebuildStatus.Done : RebuildStatus.None));

        // It goes on: what happens from now on is heard of.
        await mall.Product("p-2", "s-2", "Assam", 3m);
        await mall.Store("s-2", "Second");
        await Eventually.True(async () => (await Products()).Products == 2);
    }

    [Fact]
    public async Task Broken_again_in_the_same_process_it_stays_and_says_so_and_the_next_process_sets_it_aside()
    {
        await Filled();
        await Closed();
        await Break("a table's page scribbled over");
        await mall.Restart(File);
        await Full();
        await Eventually.True(async () => (await Rebuild()).Status == RebuildStatus.Done);

        // While it runs: what is in memory of it is let go of, so that the file is read.
        await Scribble("products");
        await Eventually.True(async () =>
        {
            SqliteConnection.ClearAllPools();
            return (await Products()).Status == HttpStatusCode.ServiceUnavailable;
        });
        await Eventually.True(async () => (await Readiness()) is { Status: 503 } ready && ready.Reasons.Contains("broken again", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Products()).Status);
        Assert.Equal(HttpStatusCode.InternalServerError, await Deliver()); // The broker is to bring it again.
        using (var client = mall.Client())
        {
            client.DefaultRequestHeaders.Add("dapr-api-token", mall.Token);
            Assert.Empty((await client.GetFromJsonAsync<Page<DeadLetter>>("/internal/dead-letters", ServiceKit.KitJson.Options))!.Items);
        }

        Assert.Single(Aside);
        await Closed();
        await mall.Restart(File);
        await Full();
        Assert.Equal(2, Aside.Length);
    }

    [Fact]
    public async Task Queries_and_events_while_it_is_set_aside_wait_or_are_told_to_come_again_and_nothing_is_lost()
    {
        await Filled();
        await Closed();
        await Break("a table's page scribbled over");
        await mall.Restart(File);
        using var client = mall.Client();
        var done = false;
        var asking = Task.WhenAll(Enumerable.Range(0, 8).Select(async one =>
        {
            while (!Volatile.Read(ref done))
            {
                using var answer = await client.GetAsync(one % 2 == 0 ? "/api/search/products" : "/api/search/orders");
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
        }));
        for (var more = 0; more < 5; more++) await mall.AStoreWithAProduct();
        await Eventually.True(async () => asking.IsFaulted || (await Products()).Products == 6);
        Volatile.Write(ref done, true);
        await asking;
        Assert.Single(Aside);
    }

    [Fact]
    public async Task A_folder_in_its_place_is_left_there_and_said_so_until_it_is_gone()
    {
        Directory.CreateDirectory(File);
        await mall.Restart(File);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Products()).Status);
        var (status, reasons) = await Readiness();
        Assert.Equal(503, status);
        Assert.Contains($"The search database did not answer. ({File}: SQLite Error 14: 'unable to open database file'.)", reasons);
        Assert.Empty(Aside);
        Directory.Delete(File);
        await Full();
    }

    [Fact]
    public async Task A_file_that_can_only_be_read_is_left_there_and_said_so()
    {
        await Filled();
        await Closed();
        var file = new FileInfo(File) { IsReadOnly = true };
        await mall.Restart(File);
        // Nobody keeps root from writing.
        var expected = Environment.IsPrivilegedProcess ? 200 : 503;
        await Eventually.True(async () => (await Readiness()).Status == expected);
        Assert.Equal((HttpStatusCode)expected, (await Products()).Status);
        Assert.Empty(Aside);
        file.IsReadOnly = false;
        await Full();
    }

    string[] Aside => Directory.GetFiles(folder.FullName, "search.db.broken-*Z");

    async Task Filled()
    {
        await mall.Restart(File);
        await Full();
    }

    Task Full() => Eventually.True(async () => (await Products()).Products == 1);

    /// <summary>The service is stopped, and the file closed, with all that is in it.</summary>
    async Task Closed()
    {
        await mall.Mall.StopServiceAsync(Apps.Search);
        SqliteConnection.ClearAllPools();
    }

    async Task Break(string how)
    {
        var length = new FileInfo(File).Length;
        switch (how)
        {
            case "header overwritten":
                Overwrite(0, 100);
                break;
            case "a table's page scribbled over":
                await Scribble("products");
                break;
            case "every page but the first scribbled over":
                Overwrite(4096, (int)length - 4096);
                break;
            case "cut in half":
                Cut(length / 2);
                break;
            case "cut to a few bytes":
                Cut(60);
                break;
            case "empty":
                Cut(0);
                break;
            case "not there":
                System.IO.File.Delete(File);
                break;
        }

        void Cut(long to)
        {
            using var file = System.IO.File.OpenWrite(File);
            file.SetLength(to);
        }
    }

    /// <summary>Overwrites the first page of a table, in the file itself.</summary>
    async Task Scribble(string table)
    {
        long page, size;
        await using (var connection = new SqliteConnection($"Data Source={File};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            await command.ExecuteNonQueryAsync();
            command.CommandText = $"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'";
            page = (long)(await command.ExecuteScalarAsync())!;
            command.CommandText = "PRAGMA page_size";
            size = (long)(await command.ExecuteScalarAsync())!;
        }

        Overwrite((page - 1) * size, (int)size);
    }

    void Overwrite(long at, int length)
    {
        using var file = System.IO.File.OpenWrite(File);
        file.Seek(at, SeekOrigin.Begin);
        file.Write([.. Enumerable.Repeat((byte)0xA5, length)]);
    }

    async Task<(HttpStatusCode Status, int Products)> Products()
    {
        using var client = mall.Client();
        using var answer = await client.GetAsync("/api/search/products");
        return (answer.StatusCode, answer.StatusCode == HttpStatusCode.OK ? (await answer.Content.ReadFromJsonAsync<Page<ProductSearchResult>>(ServiceKit.KitJson.Options))!.Items.Count : -1);
    }

    async Task<RebuildProgress> Rebuild()
    {
        using var client = mall.Client();
        return (await client.GetFromJsonAsync<RebuildProgress>("/api/search/rebuild", ServiceKit.KitJson.Options))!;
    }

    async Task<(int Status, string Reasons)> Readiness()
    {
        using var client = mall.Client();
        using var answer = await client.GetAsync("/readyz");
        var reasons = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString());
        return ((int)answer.StatusCode, string.Join(' ', reasons));
    }

    async Task<HttpStatusCode> Deliver()
    {
        using var client = mall.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/events/{Topics.Customer.Name}")
        {
            Content = new StringContent("""{"id":"customer.c.1","subject":"c","aggregateversion":1,"data":{"value":{"customerId":"c","name":"Ann","smsNumber":"+491701234567","enabled":true}}}"""),
        };
        request.Headers.Add("dapr-api-token", mall.Token);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}

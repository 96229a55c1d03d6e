using Dapr.Client;
using MallBots.Sidecar.Tests.Core;
using Xunit;

namespace MallBots.Sidecar.Tests.State;

/// <summary>The genuine Dapr.Client against the sidecar.</summary>
public sealed class DaprClientStateTests
{
    const string Store = "statestore";

    static readonly StateOptions FirstWrite = new() { Concurrency = ConcurrencyMode.FirstWrite };

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task A_document_is_saved_read_changed_with_its_etag_and_deleted(string engine)
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)]);
        using var dapr = sidecar.DaprClientOf();

        Assert.True(await dapr.TrySaveStateAsync(Store, "basket.1", new Basket("b-1", 1), "", FirstWrite, cancellationToken: Cancel));
        Assert.False(await dapr.TrySaveStateAsync(Store, "basket.1", new Basket("b-1", 2), "", FirstWrite, cancellationToken: Cancel));
        var (basket, etag) = await dapr.GetStateAndETagAsync<Basket>(Store, "basket.1", cancellationToken: Cancel);
        Assert.Equal(1, basket.Units);

        Assert.True(await dapr.TrySaveStateAsync(Store, "basket.1", basket with { Units = 3 }, etag, FirstWrite, cancellationToken: Cancel));
        Assert.False(await dapr.TrySaveStateAsync(Store, "basket.1", basket with { Units = 4 }, etag, FirstWrite, cancellationToken: Cancel));
        Assert.False(await dapr.TryDeleteStateAsync(Store, "basket.1", etag, cancellationToken: Cancel));
        Assert.Equal(3, (await dapr.GetStateAsync<Basket>(Store, "basket.1", cancellationToken: Cancel)).Units);

        await dapr.DeleteStateAsync(Store, "basket.1", cancellationToken: Cancel);
        (basket, etag) = await dapr.GetStateAndETagAsync<Basket>(Store, "basket.1", cancellationToken: Cancel);
        Assert.Null(basket);
        Assert.Equal("", etag);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task Many_documents_are_saved_read_and_deleted_at_once(string engine)
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)]);
        using var dapr = sidecar.DaprClientOf();
        var keys = Enumerable.Range(0, 500).Select(number => $"item.{number}").ToList();

        await dapr.SaveBulkStateAsync(Store, [.. keys.Select(key => new SaveStateItem<Basket>(key, new Basket(key, 1), ""))], cancellationToken: Cancel);
        var items = await dapr.GetBulkStateAsync<Basket>(Store, [.. keys, "item.none"], null, cancellationToken: Cancel);
        Assert.Equal(keys, items.Where(item => item.Value is not null).Select(item => item.Value.Id));
        Assert.Contains(items, item => item.Key == "item.none" && item.Value is null && item.ETag == "");

        await dapr.DeleteBulkStateAsync(Store, [.. keys.Select(key => new BulkDeleteStateItem(key, ""))], cancellationToken: Cancel);
        Assert.All(await dapr.GetBulkStateAsync<Basket>(Store, keys, null, cancellationToken: Cancel), item => Assert.Null(item.Value));
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task A_transaction_is_all_or_nothing(string engine)
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)]);
        using var dapr = sidecar.DaprClientOf();
        await dapr.SaveStateAsync(Store, "b", new Basket("b", 1), cancellationToken: Cancel);

        await Assert.ThrowsAsync<Dapr.DaprException>(() => dapr.ExecuteStateTransactionAsync(Store,
            [
                new StateTransactionRequest("a", "1"u8.ToArray(), StateOperationType.Upsert),
                new StateTransactionRequest("b", null, StateOperationType.Delete),
                new StateTransactionRequest("c", "1"u8.ToArray(), StateOperationType.Upsert, etag: "wrong"),
            ],
            cancellationToken: Cancel));

        Assert.Null(await dapr.GetStateAsync<object>(Store, "a", cancellationToken: Cancel));
        Assert.NotNull(await dapr.GetStateAsync<Basket>(Store, "b", cancellationToken: Cancel));
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task Of_many_writers_of_one_key_one_wins_each_round(string engine)
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)]);
        using var dapr = sidecar.DaprClientOf();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var added = 0; added < 25;)
            {
                var (basket, etag) = await dapr.GetStateAndETagAsync<Basket>(Store, "counter", cancellationToken: Cancel);
                var next = new Basket("counter", (basket?.Units ?? 0) + 1);
                if (await dapr.TrySaveStateAsync(Store, "counter", next, etag, FirstWrite, cancellationToken: Cancel)) added++;
            }
        }));

        Assert.Equal(200, (await dapr.GetStateAsync<Basket>(Store, "counter", cancellationToken: Cancel)).Units);
    }

    [Fact]
    public async Task The_apps_do_not_see_each_others_state_and_scopes_hide_a_store()
    {
        var scoped = Yaml.Component("private", "state.in-memory") + "\nscopes: [rec]";
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.MemoryState, scoped], ["rec", "other"]);
        using var mine = sidecar.DaprClientOf("rec");
        using var others = sidecar.DaprClientOf("other");

        await mine.SaveStateAsync(Store, "key", 1, cancellationToken: Cancel);
        await mine.SaveStateAsync("private", "key", 1, cancellationToken: Cancel);

        Assert.Null(await others.GetStateAsync<int?>(Store, "key", cancellationToken: Cancel));
        await Assert.ThrowsAsync<Dapr.DaprException>(() => others.GetStateAsync<int?>("private", "key", cancellationToken: Cancel));
    }

    [Fact]
    public async Task State_in_a_file_survives_a_restart()
    {
        var folder = SidecarUnderTest.NewFolder();
        await using (var first = await SidecarUnderTest.StartAsync([Yaml.SqliteState], folder: folder))
        {
            using var dapr = first.DaprClientOf();
            await dapr.SaveStateAsync(Store, "kept", new Basket("kept", 7), cancellationToken: Cancel);
            await dapr.SaveStateAsync(Store, "short", 1, metadata: new Dictionary<string, string> { ["ttlInSeconds"] = "1" }, cancellationToken: Cancel);
        }

        var clock = new ManualClock();
        clock.Advance(TimeSpan.FromSeconds(2));
        await using (var second = await SidecarUnderTest.StartAsync([Yaml.SqliteState], folder: folder, clock: clock))
        {
            using var dapr = second.DaprClientOf();
            Assert.Equal(7, (await dapr.GetStateAsync<Basket>(Store, "kept", cancellationToken: Cancel)).Units);
            Assert.Null(await dapr.GetStateAsync<int?>(Store, "short", cancellationToken: Cancel));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Without_a_data_folder_a_sqlite_store_keeps_nothing()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.SqliteState], inMemory: true);
        using var dapr = sidecar.DaprClientOf();
        await dapr.SaveStateAsync(Store, "key", 1, cancellationToken: Cancel);
        Assert.Equal(1, await dapr.GetStateAsync<int>(Store, "key", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_message_over_4_MiB_exhausts_the_resource()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.MemoryState]);
        using var dapr = sidecar.DaprClientOf();
        var fault = await Assert.ThrowsAsync<Dapr.DaprException>(
            () => dapr.SaveStateAsync(Store, "large", new string('x', 5 * 1024 * 1024), cancellationToken: Cancel));
        Assert.Equal(Grpc.Core.StatusCode.ResourceExhausted, Assert.IsType<Grpc.Core.RpcException>(fault.InnerException).StatusCode);
    }

    sealed record Basket(string Id, int Units);
}

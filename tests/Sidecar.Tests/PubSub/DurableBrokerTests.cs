using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.Brokers.Embedded;
using MallBots.Sidecar.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

public sealed class DurableBrokerTests
{
    [Fact]
    public async Task What_is_not_acknowledged_comes_again_after_a_restart_and_what_is_acknowledged_does_not()
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable: true, new BrokerSettings { RedeliverInterval = TimeSpan.FromMinutes(5), Concurrency = 1 });
        var consumer = new FakeConsumer("search", "store")
        {
            Answer = (text, _) => Task.FromResult(text == "handled" ? DeliveryResult.Done : FakeConsumer.Failure),
        };
        await fixture.SubscribeAsync(consumer);
        await fixture.PublishAsync("store", "handled", "failed");
        await consumer.NextAsync(2);

        await fixture.ReopenAsync();
        await fixture.PublishAsync("store", "new");
        var back = new FakeConsumer("search", "store");
        await fixture.SubscribeAsync(back);

        Assert.Equal(["failed", "new"], await back.NextAsync(2));
    }

    [Fact]
    public async Task Attempts_survive_a_restart()
    {
        var folder = Directory.CreateTempSubdirectory("pubsub").FullName;
        var settings = new BrokerSettings();
        var file = Path.Combine(folder, "test.db");
        SqliteMessageStore Open() => new(SqliteFile.Open(file), "pubsub", settings, TimeProvider.System, NullLogger.Instance);

        var store = Open();
        await store.OpenAsync();
        await store.JoinAsync("store", "search", _ => { });
        var id = 0L;
        await store.AppendAsync("store", [new BrokerMessage([1], new Dictionary<string, string> { ["partitionKey"] = "p" })], ["search"], first => id = first);
        store.RecordAttempts("store", "search", id, 7);
        await store.DisposeAsync();

        await using var reopened = Open();
        var group = Assert.Single(await reopened.OpenAsync());
        Assert.Equal(("store", "search"), (group.Topic, group.Group));
        Assert.Equal(new StoredDelivery(id, null, 7), Assert.Single(group.Deliveries));
        Assert.Equal("p", reopened.Load(id)!.Metadata["partitionKey"]);
        await reopened.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_group_that_is_known_gets_what_is_published_before_its_app_is_back_after_a_restart()
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable: true, new BrokerSettings { RetainedMessages = 0 });
        await fixture.SubscribeAsync(new FakeConsumer("search", "store"));

        await fixture.ReopenAsync();
        await fixture.PublishAsync("store", "one");
        await fixture.ReopenAsync();
        var back = new FakeConsumer("search", "store");
        await fixture.SubscribeAsync(back);

        Assert.Equal("one", await back.NextAsync());
    }

    [Fact]
    public async Task What_was_published_is_in_the_file_though_the_process_is_killed()
    {
        var folder = Directory.CreateTempSubdirectory("pubsub").FullName;
        SqliteMessageStore Open(string file) =>
            new(SqliteFile.Open(Path.Combine(folder, file)), "pubsub", new BrokerSettings(), TimeProvider.System, NullLogger.Instance);

        await using var running = Open("test.db");
        await running.OpenAsync();
        await running.JoinAsync("store", "search", _ => { });
        await running.AppendAsync("store", [new BrokerMessage([7], new Dictionary<string, string>())], ["search"], _ => { });

        // What a process that ends here leaves behind: the file and its write-ahead log as they are.
        File.Copy(Path.Combine(folder, "test.db"), Path.Combine(folder, "left.db"));
        File.Copy(Path.Combine(folder, "test.db-wal"), Path.Combine(folder, "left.db-wal"));
        await using var restarted = Open("left.db");
        var delivery = Assert.Single(Assert.Single(await restarted.OpenAsync()).Deliveries);

        Assert.Equal([7], restarted.Load(delivery.Id)!.Data);
    }

    [Fact]
    public async Task Components_in_one_file_do_not_see_each_others_messages()
    {
        var folder = Directory.CreateTempSubdirectory("pubsub").FullName;
        SqliteMessageStore Open(string component) =>
            new(SqliteFile.Open(Path.Combine(folder, "test.db")), component, new BrokerSettings(), TimeProvider.System, NullLogger.Instance);

        var (first, second) = (Open("first"), Open("second"));
        await first.OpenAsync();
        await second.OpenAsync();
        await first.AppendAsync("store", [new BrokerMessage([1], new Dictionary<string, string>())], [], _ => { });
        IReadOnlyList<StoredDelivery>? seen = null;
        await second.JoinAsync("store", "search", deliveries => seen = deliveries);

        Assert.Empty(seen!);
        await first.DisposeAsync();
        await second.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_is_neither_retained_nor_waited_for_is_deleted()
    {
        var folder = Directory.CreateTempSubdirectory("pubsub").FullName;
        await using var file = SqliteFile.Open(Path.Combine(folder, "test.db"));
        var store = new SqliteMessageStore(
            SqliteFile.Open(Path.Combine(folder, "test.db")), "pubsub", new BrokerSettings { RetainedMessages = 10 }, TimeProvider.System, NullLogger.Instance);
        await store.OpenAsync();
        await store.JoinAsync("store", "search", _ => { });
        var message = new BrokerMessage([1], new Dictionary<string, string>());
        var first = 0L;
        await store.AppendAsync("store", [message], ["search"], id => first = id);
        for (var published = 0; published < 600; published++) await store.AppendAsync("store", [message], [], _ => { });

        var kept = await file.Read(session => session.Rows("SELECT id FROM pubsub_message ORDER BY id", row => row.GetInt64(0)));
        Assert.InRange(kept.Count, 11, 300);
        Assert.Equal(first, kept[0]);
        await store.DisposeAsync();
    }
}

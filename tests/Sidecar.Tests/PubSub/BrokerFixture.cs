using System.Text;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.Brokers.Embedded;
using MallBots.Sidecar.PubSub.CloudEvents;
using MallBots.Sidecar.Resiliency;
using MallBots.Sidecar.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>An embedded broker on a store of its own, that can be closed and opened again.</summary>
sealed class BrokerFixture : IAsyncDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("pubsub").FullName;
    EmbeddedBroker? broker;

    public BrokerSettings Settings { get; init; } = new() { RedeliverInterval = TimeSpan.FromMilliseconds(30) };

    public ResiliencyPolicy Policy { get; init; } = ResiliencyPolicy.None;

    public bool Durable { get; init; }

    public Traps Traps { get; } = new();

    public EmbeddedBroker Broker => broker ?? throw new InvalidOperationException("not open");

    public static async Task<BrokerFixture> OpenAsync(bool durable = false, BrokerSettings? settings = null, ResiliencyPolicy? policy = null)
    {
        var standard = new BrokerFixture { Durable = durable };
        var fixture = new BrokerFixture { Durable = durable, Settings = settings ?? standard.Settings, Policy = policy ?? ResiliencyPolicy.None };
        await fixture.ReopenAsync();
        return fixture;
    }

    public static ResiliencyPolicy Constant(int milliseconds, int maxRetries) => new(
        Timeout: null,
        new RetryPolicy("test", Exponential: false, TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromSeconds(1), maxRetries, null, null));

    public async Task ReopenAsync()
    {
        if (broker is not null) await broker.DisposeAsync();
        IMessageStore store = Durable
            ? new SqliteMessageStore(SqliteFile.Open(Path.Combine(folder, "test.db")), "pubsub", Settings, TimeProvider.System, NullLogger.Instance)
            : new MemoryMessageStore(Settings, TimeProvider.System);
        broker = new EmbeddedBroker(Settings, Policy, store, Traps, TimeProvider.System, NullLogger.Instance);
        await broker.OpenAsync(CancellationToken.None);
    }

    public Task PublishAsync(string topic, params string[] texts) =>
        Broker.PublishAsync(topic, [.. texts.Select(text => new BrokerMessage(Encoding.UTF8.GetBytes(text), PublishMetadata.None))], CancellationToken.None);

    public Task SubscribeAsync(FakeConsumer consumer) => Broker.SubscribeAsync(consumer, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        if (broker is not null) await broker.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

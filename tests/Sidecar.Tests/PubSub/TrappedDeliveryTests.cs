using MallBots.Sidecar.PubSub;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.Brokers.Embedded;
using MallBots.Sidecar.PubSub.CloudEvents;
using MallBots.Sidecar.PubSub.Delivery;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>The traps before and behind a broker: messages that fail, are lost, come twice, late, or in another order.</summary>
public sealed class TrappedDeliveryTests : IAsyncLifetime
{
    readonly FakeConsumer app = new("search", "store");
    BrokerFixture fixture = null!;
    TrappedBroker broker = null!;

    Traps Traps => fixture.Traps;

    public async ValueTask InitializeAsync()
    {
        fixture = await BrokerFixture.OpenAsync(settings: new BrokerSettings { Concurrency = 1, RedeliverInterval = TimeSpan.FromMilliseconds(30) });
        broker = new TrappedBroker(fixture.Broker, Traps, TimeProvider.System, NullLogger.Instance);
        await broker.SubscribeAsync(new TrappedConsumer(app, Traps), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await broker.DisposeAsync();
        await fixture.DisposeAsync();
    }

    [Fact]
    public async Task P12_a_delivery_is_acknowledged_though_the_app_never_got_it()
    {
        Traps.LostMessages = 1;
        var result = await new TrappedConsumer(app, Traps).DeliverAsync("store", Message("lost"), CancellationToken.None);
        Assert.Equal(DeliveryOutcome.Done, result.Outcome);
        Assert.Empty(app.Received);
    }

    [Fact]
    public async Task Every_message_comes_twice()
    {
        Traps.RepeatedMessages = 1;
        await PublishAsync("one", "two");
        Assert.Equal(["one", "one", "two", "two"], await app.NextAsync(4));
    }

    [Fact]
    public async Task A_delivery_that_fails_before_the_app_hears_of_it_is_made_again()
    {
        Traps.FailedDeliveries = 0.9;
        await PublishAsync("one", "two");
        Assert.Equal(["one", "two"], (await app.NextAsync(2)).Order());
    }

    [Fact]
    public async Task A_delivery_whose_answer_is_lost_was_handled_and_comes_again()
    {
        Traps.CutDeliveries = 1;
        await PublishAsync("one");
        Assert.Equal(["one", "one"], await app.NextAsync(2));
        Traps.CutDeliveries = 0;
        await PublishAsync("two");
        while (await app.NextAsync() != "two") { } // It may have come once more before.
    }

    [Fact]
    public async Task Messages_are_held_until_the_window_is_full_and_come_over_a_hundred_places_off()
    {
        (Traps.ReorderWindow, Traps.LongestHold) = (300, TimeSpan.FromMinutes(1));
        var texts = Enumerable.Range(0, 300).Select(number => $"{number}").ToArray();
        foreach (var text in texts[..^1]) await PublishAsync(text);
        Assert.Empty(app.Received);

        await PublishAsync(texts[^1]);
        var received = await app.NextAsync(300);
        Assert.Equal(texts.Order(), received.Order());
        Assert.InRange(texts.Max(text => Math.Abs(received.IndexOf(text) - int.Parse(text, System.Globalization.CultureInfo.InvariantCulture))), 101, 299);
    }

    [Fact]
    public async Task A_topic_that_got_quiet_is_let_go_and_delayed_messages_come_all()
    {
        (Traps.ReorderWindow, Traps.LongestHold, Traps.LongestDelayOfMessages) = (100, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(20));
        await PublishAsync("one", "two", "three");
        Assert.Equal(["one", "three", "two"], (await app.NextAsync(3)).Order());
        Traps.ReorderWindow = 0;
        await PublishAsync("one", "two", "three");
        Assert.Equal(["one", "three", "two"], (await app.NextAsync(3)).Order());
    }

    [Fact]
    public async Task Publishes_fail_before_or_after_the_broker_has_the_message()
    {
        Traps.FailedPublishes = 1;
        await Assert.ThrowsAsync<TrapException>(() => PublishAsync("never"));
        (Traps.FailedPublishes, Traps.CutPublishes) = (0, 1);
        await Assert.ThrowsAsync<TrapException>(() => PublishAsync("taken"));
        Assert.Equal("taken", await app.NextAsync());
    }

    [Fact]
    public void The_same_seed_decides_the_same()
    {
        var (one, two) = (new Traps { Seed = 4711 }, new Traps { Seed = 4711 });
        Assert.Equal(Enumerable.Range(0, 100).Select(_ => one.Happens(0.3)).ToList(), Enumerable.Range(0, 100).Select(_ => two.Happens(0.3)).ToList());
    }

    async Task PublishAsync(params string[] texts)
    {
        foreach (var text in texts) await broker.PublishAsync("store", [Message(text)], CancellationToken.None);
    }

    static BrokerMessage Message(string text) => new(System.Text.Encoding.UTF8.GetBytes(text), PublishMetadata.None);
}

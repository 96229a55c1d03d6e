using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.Brokers.Embedded;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

public sealed class EmbeddedBrokerTests
{
    public static TheoryData<bool> Stores => [false, true];

    [Theory, MemberData(nameof(Stores))]
    public async Task A_message_reaches_every_subscribing_app_once(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable);
        var (baskets, search) = (new FakeConsumer("baskets", "store"), new FakeConsumer("search", "store", "order"));
        await fixture.SubscribeAsync(baskets);
        await fixture.SubscribeAsync(search);

        await fixture.PublishAsync("store", "one", "two");
        await fixture.PublishAsync("order", "three");

        Assert.Equal(["one", "two"], (await baskets.NextAsync(2)).Order());
        Assert.Equal(["one", "three", "two"], (await search.NextAsync(3)).Order());
        Assert.Equal(2, baskets.Received.Count);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Two_instances_of_one_app_share_its_messages(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable);
        var both = new TaskCompletionSource();
        var (first, second) = (new FakeConsumer("search", "store"), new FakeConsumer("search", "store"));

        // Each holds on to what it gets, so that neither can take all.
        first.Answer = second.Answer = async (_, cancel) =>
        {
            await both.Task.WaitAsync(cancel);
            return DeliveryResult.Done;
        };
        await fixture.SubscribeAsync(first);
        await fixture.SubscribeAsync(second);

        await fixture.PublishAsync("store", [.. Enumerable.Range(0, 20).Select(number => $"{number}")]);
        await first.NextAsync(10);
        await second.NextAsync(10);
        both.SetResult();

        Assert.Equal(20, first.Received.Concat(second.Received).Distinct().Count());
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_new_group_begins_with_what_is_retained(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable, new BrokerSettings { RetainedMessages = 2, Concurrency = 1 });
        await fixture.PublishAsync("store", "one");
        await fixture.PublishAsync("store", "two");
        await fixture.PublishAsync("store", "three");
        var consumer = new FakeConsumer("search", "store");

        await fixture.SubscribeAsync(consumer);
        await fixture.PublishAsync("store", "four");

        var received = await consumer.NextAsync(durable ? 4 : 3);
        Assert.Equal(["two", "three", "four"], received[^3..]);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_known_group_gets_what_was_published_while_its_app_was_away(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable, new BrokerSettings { RetainedMessages = 0, Concurrency = 1 });
        var consumer = new FakeConsumer("search", "store");
        await fixture.SubscribeAsync(consumer);
        await fixture.Broker.UnsubscribeAsync(consumer);

        await fixture.PublishAsync("store", "one", "two");
        var back = new FakeConsumer("search", "store");
        await fixture.SubscribeAsync(back);

        Assert.Equal(["one", "two"], await back.NextAsync(2));
        Assert.Empty(consumer.Received);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task A_failed_message_is_retried_by_the_policy_and_then_again_after_a_pause_without_end(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable, policy: BrokerFixture.Constant(milliseconds: 1, maxRetries: 2));
        var attempts = 0;
        var consumer = new FakeConsumer("search", "store")
        {
            Answer = (_, _) => Task.FromResult(Interlocked.Increment(ref attempts) < 8 ? FakeConsumer.Failure : DeliveryResult.Done),
        };
        await fixture.SubscribeAsync(consumer);

        await fixture.PublishAsync("store", "one");

        Assert.Equal(Enumerable.Repeat("one", 8), await consumer.NextAsync(8));
        await fixture.PublishAsync("store", "two");
        Assert.Equal("two", await consumer.NextAsync());
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Messages_that_fail_do_not_stop_the_others(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable, new BrokerSettings { Concurrency = 2, RedeliverInterval = TimeSpan.FromMinutes(5) });
        var consumer = new FakeConsumer("search", "store")
        {
            Answer = (text, _) => Task.FromResult(text.StartsWith("bad", StringComparison.Ordinal) ? FakeConsumer.Failure : DeliveryResult.Done),
        };
        await fixture.SubscribeAsync(consumer);

        await fixture.PublishAsync("store", "bad 1", "bad 2", "bad 3", "bad 4", "good");

        Assert.Contains("good", await consumer.NextAsync(5));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task No_more_than_the_set_number_is_in_flight_and_nothing_is_lost_of_what_waits(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable, new BrokerSettings { Concurrency = 3 });
        var (begun, together) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var consumer = new FakeConsumer("search", "store", "order")
        {
            Answer = async (_, cancel) =>
            {
                if (Interlocked.Increment(ref begun) == 2) together.SetResult();
                await together.Task.WaitAsync(cancel); // The first waits for company.
                await Task.Yield();
                return DeliveryResult.Done;
            },
        };
        await fixture.SubscribeAsync(consumer);

        // Longer than what is kept in memory of a queue.
        string[] texts = [.. Enumerable.Range(0, 3000).Select(number => $"{number}")];
        await fixture.PublishAsync("store", texts);
        await fixture.PublishAsync("order", texts);

        await consumer.NextAsync(6000);
        Assert.InRange(consumer.MostInFlight, 2, 3);
        Assert.Equal(3000, consumer.Received.Distinct().Count());
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Topics_take_turns(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable, new BrokerSettings { Concurrency = 1 });
        await fixture.PublishAsync("busy", [.. Enumerable.Range(0, 100).Select(number => $"busy {number}")]);
        await fixture.PublishAsync("quiet", "quiet");
        var consumer = new FakeConsumer("search", "busy", "quiet");

        await fixture.SubscribeAsync(consumer);

        var received = await consumer.NextAsync(101);
        Assert.InRange(received.IndexOf("quiet"), 0, 60);
        Assert.Equal([.. Enumerable.Range(0, 100).Select(number => $"busy {number}")], received.Where(text => text != "quiet"));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task An_app_that_does_not_listen_loses_nothing_and_is_found_again(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable, new BrokerSettings { RedeliverInterval = TimeSpan.FromMinutes(5) });
        var away = true;
        var handled = new List<string>();
        var all = new TaskCompletionSource();
        var consumer = new FakeConsumer("search", "store")
        {
            Answer = (text, _) =>
            {
                if (Volatile.Read(ref away)) return Task.FromResult(FakeConsumer.Away);
                lock (handled)
                {
                    handled.Add(text);
                    if (handled.Count == 50) all.TrySetResult();
                }

                return Task.FromResult(DeliveryResult.Done);
            },
        };
        await fixture.SubscribeAsync(consumer);

        await fixture.PublishAsync("store", [.. Enumerable.Range(0, 50).Select(number => $"{number}")]);
        await consumer.NextAsync(12);
        Volatile.Write(ref away, false);

        await all.Task.Within();
        Assert.Equal(50, handled.Distinct().Count());
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task What_an_app_drops_goes_to_its_dead_letter_topic(bool durable)
    {
        await using var fixture = await BrokerFixture.OpenAsync(durable);
        var dropping = new FakeConsumer("search", "store")
        {
            DeadLetters = "dead",
            Answer = (_, _) => Task.FromResult(new DeliveryResult(DeliveryOutcome.Dropped)),
        };
        var undertaker = new FakeConsumer("undertaker", "dead");
        await fixture.SubscribeAsync(dropping);
        await fixture.SubscribeAsync(undertaker);

        await fixture.PublishAsync("store", "one");

        Assert.Equal("one", await undertaker.NextAsync());
        Assert.Single(dropping.Received);
    }

    [Fact]
    public async Task In_memory_a_failed_message_is_gone()
    {
        await using var fixture = await BrokerFixture.OpenAsync(settings: BrokerSettings.InMemory);
        var consumer = new FakeConsumer("search", "store")
        {
            Answer = (text, _) => Task.FromResult(text == "bad" ? FakeConsumer.Failure : DeliveryResult.Done),
        };
        await fixture.PublishAsync("store", "before anyone was there");
        await fixture.SubscribeAsync(consumer);

        await fixture.PublishAsync("store", "bad", "good");

        Assert.Equal(["bad", "good"], await consumer.NextAsync(2));
        await fixture.PublishAsync("store", "last");
        Assert.Equal("last", await consumer.NextAsync());
        Assert.Equal(1, consumer.MostInFlight);
    }

    [Fact]
    public async Task Trap_P3_a_failed_message_is_acknowledged()
    {
        await using var fixture = await BrokerFixture.OpenAsync(policy: BrokerFixture.Constant(milliseconds: 1, maxRetries: 1));
        fixture.Traps.FailedMessagesAreAcknowledged = true;
        var consumer = new FakeConsumer("search", "store") { Answer = (_, _) => Task.FromResult(FakeConsumer.Failure) };
        await fixture.SubscribeAsync(consumer);

        await fixture.PublishAsync("store", "one");
        Assert.Equal(["one", "one"], await consumer.NextAsync(2));
        await fixture.PublishAsync("store", "two");

        Assert.Equal(["two", "two"], await consumer.NextAsync(2));
    }

    [Fact]
    public async Task Trap_P9_messages_come_in_no_order()
    {
        await using var fixture = await BrokerFixture.OpenAsync(settings: new BrokerSettings { Concurrency = 1 });
        fixture.Traps.MessagesHaveNoOrder = true;
        string[] texts = [.. Enumerable.Range(0, 100).Select(number => $"{number}")];
        await fixture.PublishAsync("store", texts);
        var consumer = new FakeConsumer("search", "store");

        await fixture.SubscribeAsync(consumer);

        var received = await consumer.NextAsync(100);
        Assert.NotEqual(texts, received);
        Assert.Equal(texts.Order(), received.Order());
    }
}

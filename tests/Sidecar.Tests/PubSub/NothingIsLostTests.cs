using System.Collections.Concurrent;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.Brokers.Embedded;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>At least once, whatever happens between the publish and the acknowledgement.</summary>
public sealed class NothingIsLostTests
{
    const int Messages = 400;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_message_is_handled_though_the_app_fails_leaves_and_comes_and_the_sidecar_restarts(int seed)
    {
        var settings = new BrokerSettings { RedeliverInterval = TimeSpan.FromMilliseconds(5), Concurrency = 4 };
        await using var fixture = await BrokerFixture.OpenAsync(durable: true, settings, BrokerFixture.Constant(milliseconds: 1, maxRetries: 1));
        var random = new Random(seed);
        var handled = new ConcurrentDictionary<string, bool>();
        var all = new TaskCompletionSource();

        await Connect();
        for (var number = 0; number < Messages; number++)
        {
            await fixture.PublishAsync(number % 3 == 0 ? "store" : "order", $"{number}");
            if (number % 40 == 20) await fixture.ReopenAsync();
            if (number % 40 == 30) await Connect();
        }

        await all.Task.Within();
        Assert.Equal(Messages, handled.Count);

        Task Connect() => fixture.SubscribeAsync(new FakeConsumer("search", "store", "order") { Answer = AnswerAsync });

        async Task<DeliveryResult> AnswerAsync(string text, CancellationToken cancel)
        {
            await Task.Yield();
            int luck;
            lock (random) luck = random.Next(10);
            if (luck < 3) return FakeConsumer.Failure;
            if (luck < 4) return FakeConsumer.Away;
            if (luck < 5) cancel.ThrowIfCancellationRequested();
            handled.TryAdd(text, true);
            if (handled.Count == Messages) all.TrySetResult();
            return DeliveryResult.Done;
        }
    }
}

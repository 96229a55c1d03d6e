using System.Text.Json.Nodes;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>What daprd does with Redis streams, beyond the recordings.</summary>
public sealed class RedisBrokerTests
{
    [Fact]
    public async Task Messages_lie_in_daprds_own_layout()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sidecar = await SidecarUnderTest.StartAsync([redis.PubSubYaml()]);
        using var client = sidecar.DaprClientOf();

        await client.PublishEventAsync("pubsub", "store", 1, new Dictionary<string, string> { ["partitionKey"] = "s-1" });

        await using var connection = await redis.ConnectAsync();
        var entry = Assert.Single(await connection.GetDatabase().StreamRangeAsync("store"));
        Assert.Equal(["data", "metadata"], entry.Values.Select(field => (string?)field.Name));
        Assert.Equal(1, JsonNode.Parse((string)entry["data"]!)!["data"]!.GetValue<int>());
        Assert.Equal("s-1", JsonNode.Parse((string)entry["metadata"]!)!["partitionKey"]!.GetValue<string>());
    }

    [Fact]
    public async Task Two_apps_are_two_groups_and_a_new_one_begins_with_the_stream()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sidecar = await SidecarUnderTest.StartAsync([redis.PubSubYaml()], ["rec", "search"]);
        using var client = sidecar.DaprClientOf();
        await client.PublishEventAsync("pubsub", "store", 1);
        await using var first = await ConnectAsync(sidecar, "rec");
        Assert.Equal(1, Number(await first.NextAsync()));
        await client.PublishEventAsync("pubsub", "store", 2);

        await using var second = await ConnectAsync(sidecar, "search");

        Assert.Equal([1, 2], (await second.NextAsync(2)).Select(Number).Order());
        Assert.Equal(2, Number(await first.NextAsync()));
        await using var connection = await redis.ConnectAsync();
        var groups = await connection.GetDatabase().StreamGroupInfoAsync("store");
        Assert.Equal(["rec", "search"], groups.Select(group => group.Name).Order());
    }

    [Fact]
    public async Task A_message_whose_retries_end_after_the_processing_timeout_comes_again_until_it_is_handled()
    {
        const string policy =
            """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: {name: inbound}
            spec:
              policies:
                retries: {few: {policy: constant, duration: 100ms, maxRetries: 3}}
              targets:
                components: {pubsub: {inbound: {retry: few}}}
            """;
        await using var redis = await RedisServer.StartAsync();
        await using var sidecar = await SidecarUnderTest.StartAsync(
            [redis.PubSubYaml(("processingTimeout", "200ms"), ("redeliverInterval", "50")), policy]);
        await using var app = await ConnectAsync(sidecar, SidecarUnderTest.AppId);
        var attempts = 0;
        app.Answer = _ => Task.FromResult((Interlocked.Increment(ref attempts) <= 10 ? 500 : 200, ""));
        using var client = sidecar.DaprClientOf();

        await client.PublishEventAsync("pubsub", "store", 7);

        // Fact P13: four attempts a round, so this is more than two rounds.
        Assert.All(await app.NextAsync(11), delivery => Assert.Equal(7, Number(delivery)));
    }

    [Fact]
    public async Task What_an_app_has_not_handled_comes_again_after_the_sidecar_has_started_anew()
    {
        await using var redis = await RedisServer.StartAsync();
        var settings = redis.PubSubYaml(("processingTimeout", "100ms"), ("redeliverInterval", "50"));
        await using var app = await SubscribingApp.StartAsync(SubscribingApp.Subscribe("store"));
        var never = new TaskCompletionSource<(int, string)>();
        app.Answer = _ => never.Task;
        await using (var sidecar = await SidecarUnderTest.StartAsync([settings]))
        {
            sidecar.Sidecar.Connect(SidecarUnderTest.AppId, app.Port);
            using var client = sidecar.DaprClientOf();
            await client.PublishEventAsync("pubsub", "store", 7);
            Assert.Equal(7, Number(await app.NextAsync()));
        }

        never.SetResult((200, ""));
        await using var restarted = await SidecarUnderTest.StartAsync([settings]);
        await using var back = await ConnectAsync(restarted, SidecarUnderTest.AppId);
        Assert.Equal(7, Number(await back.NextAsync()));
    }

    [Fact]
    public async Task While_redis_is_away_publishing_fails_at_once_and_afterwards_all_goes_on()
    {
        var redis = await RedisServer.StartAsync();
        await using var sidecar = await SidecarUnderTest.StartAsync([redis.PubSubYaml()]);
        await using var app = await ConnectAsync(sidecar, SidecarUnderTest.AppId);
        Assert.Equal(204, await PublishAsync(sidecar));
        await app.NextAsync();

        await redis.DisposeAsync();
        Assert.Equal(500, await PublishAsync(sidecar));

        // It comes back empty: streams and groups are gone, and made again.
        await using var again = await RedisServer.StartAsync(redis.Port);
        await Eventually.True(async () => await PublishAsync(sidecar) == 204, what: "the broker is back");
        await app.NextAsync();
    }

    [Fact]
    public async Task A_redis_that_does_not_answer_is_one_clear_line_and_no_start()
    {
        var yaml = Yaml.Component("pubsub", "pubsub.redis", ("redisHost", "127.0.0.1:1"));
        var fault = await Assert.ThrowsAsync<MallBots.Sidecar.Components.ResourceException>(() => SidecarUnderTest.StartAsync([yaml]));
        Assert.Contains("component 'pubsub' cannot reach Redis at", fault.Message, StringComparison.Ordinal);
    }

    static async Task<SubscribingApp> ConnectAsync(SidecarUnderTest sidecar, string appId)
    {
        var app = await SubscribingApp.StartAsync(SubscribingApp.Subscribe("store"));
        sidecar.Sidecar.Connect(appId, app.Port);
        return app;
    }

    static async Task<int> PublishAsync(SidecarUnderTest sidecar) => (int)(await sidecar.Http.PostAsync(
        "/v1.0/publish/pubsub/store", new StringContent("hello"), TestContext.Current.CancellationToken)).StatusCode;

    static int Number(ReceivedRequest delivery) => JsonNode.Parse(delivery.Body)!["data"]!.GetValue<int>();
}

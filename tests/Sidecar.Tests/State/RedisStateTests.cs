using Dapr.Client;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.State;

/// <summary>The Redis engine against a real redis-server: daprd's layout, and daprd's judgement of writes.</summary>
public sealed class RedisStateTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task State_over_http_answers_as_recorded()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sidecar = await SidecarUnderTest.StartAsync([redis.StateYaml]);
        await StateReplay.PlayAsync("redis-state-http", entry => HttpReplay.AssertAsRecordedAsync(sidecar.Http, entry), () => UntilGoneAsync(redis, "rec||ttl"));
    }

    [Fact]
    public async Task State_over_grpc_answers_as_recorded()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sidecar = await SidecarUnderTest.StartAsync([redis.StateYaml]);
        await StateReplay.PlayAsync("redis-state-grpc", entry => GrpcReplay.AssertAsRecordedAsync(sidecar.Channel, entry), () => Task.CompletedTask);
    }

    [Fact]
    public async Task A_document_is_kept_in_daprds_layout()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var sidecar = await SidecarUnderTest.StartAsync([redis.StateYaml]);
        using var dapr = sidecar.DaprClientOf();
        await dapr.TrySaveStateAsync("statestore", "k", 7, "", new StateOptions { Concurrency = ConcurrencyMode.FirstWrite }, cancellationToken: Cancel);

        await using var client = await redis.ConnectAsync();
        var fields = (await client.GetDatabase().HashGetAllAsync("rec||k")).ToDictionary(field => field.Name.ToString(), field => field.Value.ToString());
        Assert.Equal(new Dictionary<string, string> { ["data"] = "7", ["version"] = "1", ["first-write"] = "0" }, fields);
    }

    [Fact]
    public async Task With_redis_away_a_save_looks_like_a_conflict_and_a_bulk_get_like_missing_keys()
    {
        await using var redis = await RedisServer.StartAsync();
        var yaml = Yaml.Component(
            "statestore", "state.redis", ("redisHost", $"127.0.0.1:{redis.Port}"), ("dialTimeout", "500ms"), ("readTimeout", "500ms"), ("redisMaxRetries", "-1"));
        await using var sidecar = await SidecarUnderTest.StartAsync([yaml]);
        using var dapr = sidecar.DaprClientOf();
        redis.Kill();

        // Facts S11 and S12.
        Assert.False(await dapr.TrySaveStateAsync("statestore", "k", 7, "1", cancellationToken: Cancel));
        Assert.All(await dapr.GetBulkStateAsync("statestore", ["a", "b"], null, cancellationToken: Cancel), item => Assert.Equal("", item.Value));
        await Assert.ThrowsAsync<Dapr.DaprException>(() => dapr.GetStateAsync<int>("statestore", "k", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_redis_that_does_not_answer_is_told_and_nothing_starts()
    {
        var yaml = Yaml.Component("statestore", "state.redis", ("redisHost", "127.0.0.1:1"), ("dialTimeout", "300ms"));
        var mistake = await Assert.ThrowsAsync<ResourceException>(() => SidecarUnderTest.StartAsync([yaml]));
        Assert.Contains("'statestore'", mistake.Message);
        Assert.Contains("127.0.0.1:1", mistake.Message);
    }

    static async Task UntilGoneAsync(RedisServer redis, string key)
    {
        await using var client = await redis.ConnectAsync();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await client.GetDatabase().KeyExistsAsync(key)) await timer.WaitForNextTickAsync(Cancel);
    }
}

using Dapr.Client;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace MallBots.Sidecar.Tests.State;

/// <summary>The defects of the real runtime, switched on.</summary>
public sealed class TrapTests
{
    const string Store = "statestore";

    static readonly StateOptions FirstWrite = new() { Concurrency = ConcurrencyMode.FirstWrite };

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task A_failed_transaction_applies_the_other_operations(string engine)
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.StateOf(engine)]);
        sidecar.Sidecar.Traps.TransactionsAreHalfApplied = true;
        using var dapr = sidecar.DaprClientOf();

        await Assert.ThrowsAsync<Dapr.DaprException>(() => dapr.ExecuteStateTransactionAsync(
            Store,
            [
                new StateTransactionRequest("a", "1"u8.ToArray(), StateOperationType.Upsert),
                new StateTransactionRequest("b", "1"u8.ToArray(), StateOperationType.Upsert, etag: "wrong"),
            ],
            cancellationToken: Cancel));

        Assert.Equal(1, await dapr.GetStateAsync<int>(Store, "a", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_save_that_is_reported_as_a_conflict_was_carried_out()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.MemoryState]);
        sidecar.Sidecar.Traps.FalseConflicts = 1;
        using var dapr = sidecar.DaprClientOf();

        Assert.False(await dapr.TrySaveStateAsync(Store, "a", 1, "", FirstWrite, cancellationToken: Cancel));
        Assert.Equal(1, await dapr.GetStateAsync<int>(Store, "a", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_save_whose_answer_is_cut_was_carried_out()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.MemoryState]);
        sidecar.Sidecar.Traps.CutAnswers = 1;
        using var dapr = sidecar.DaprClientOf();

        await Assert.ThrowsAsync<Dapr.DaprException>(() => dapr.SaveStateAsync(Store, "a", 1, cancellationToken: Cancel));
        await Assert.ThrowsAsync<HttpRequestException>(() => sidecar.Http.PostAsync("/v1.0/state/statestore", new StringContent("""[{"key": "b", "value": 2}]"""), Cancel));

        Assert.Equal(1, await dapr.GetStateAsync<int>(Store, "a", cancellationToken: Cancel));
        Assert.Equal(2, await dapr.GetStateAsync<int>(Store, "b", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_bulk_get_answers_empty_values()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.MemoryState]);
        using var dapr = sidecar.DaprClientOf();
        await dapr.SaveStateAsync(Store, "a", 1, cancellationToken: Cancel);
        sidecar.Sidecar.Traps.EmptyBulkGets = 1;

        Assert.Equal("", Assert.Single(await dapr.GetBulkStateAsync(Store, ["a"], null, cancellationToken: Cancel)).Value);
        Assert.Equal(1, await dapr.GetStateAsync<int>(Store, "a", cancellationToken: Cancel));
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task A_store_that_is_away_fails_gets_and_saves_empties_bulk_gets_and_calls_every_fault_a_conflict(string engine)
    {
        await using var redis = engine == "redis" ? await RedisServer.StartAsync() : null;
        await using var sidecar = await SidecarUnderTest.StartAsync([redis?.StateYaml ?? Yaml.StateOf(engine)]);
        using var dapr = sidecar.DaprClientOf();
        await dapr.SaveStateAsync(Store, "a", 1, FirstWrite, cancellationToken: Cancel);
        var (_, etag) = await dapr.GetStateAndETagAsync<int>(Store, "a", cancellationToken: Cancel);

        sidecar.Sidecar.Traps.StateIsAway = true;
        await Assert.ThrowsAsync<Dapr.DaprException>(() => dapr.GetStateAsync<int>(Store, "a", cancellationToken: Cancel));
        await Assert.ThrowsAsync<Dapr.DaprException>(() => dapr.SaveStateAsync(Store, "b", 1, FirstWrite, cancellationToken: Cancel));
        Assert.Equal("", Assert.Single(await dapr.GetBulkStateAsync(Store, ["a"], null, cancellationToken: Cancel)).Value);
        Assert.False(await dapr.TrySaveStateAsync(Store, "a", 2, etag, FirstWrite, cancellationToken: Cancel));

        sidecar.Sidecar.Traps.StateIsAway = false;
        Assert.Equal(1, await dapr.GetStateAsync<int>(Store, "a", cancellationToken: Cancel));
        Assert.Equal(0, await dapr.GetStateAsync<int>(Store, "b", cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_publish_to_a_broker_that_is_away_fails_on_both_APIs()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.Component("pubsub", "pubsub.in-memory")]);
        sidecar.Sidecar.Traps.FailedPublishes = 1;
        using var dapr = sidecar.DaprClientOf();
        await Assert.ThrowsAsync<Dapr.DaprException>(() => dapr.PublishEventAsync("pubsub", "store", 1, Cancel));
        using var answer = await sidecar.Http.PostAsync("/v1.0/publish/pubsub/store", new StringContent("1"), Cancel);
        Assert.Equal(System.Net.HttpStatusCode.InternalServerError, answer.StatusCode);
    }

    [Fact]
    public async Task An_invocation_whose_answer_is_cut_was_carried_out()
    {
        await using var app = await TestApp.StartAsync(context => context.Response.WriteAsync("hello"));
        await using var sidecar = await SidecarUnderTest.StartAsync([]);
        sidecar.Sidecar.Connect(SidecarUnderTest.AppId, app.Port);
        sidecar.Sidecar.Traps.CutInvocations = 1;
        await Assert.ThrowsAsync<HttpRequestException>(() => sidecar.Http.PostAsync("/v1.0/invoke/rec/method/a", null, Cancel));
        Assert.Single(app.Calls);
    }

    [Fact]
    public async Task An_invocation_answers_200_with_nothing()
    {
        await using var app = await TestApp.StartAsync(context => context.Response.WriteAsync("hello"));
        await using var sidecar = await SidecarUnderTest.StartAsync([]);
        sidecar.Sidecar.Connect(SidecarUnderTest.AppId, app.Port);
        Assert.Equal("hello", await sidecar.Http.GetStringAsync("/v1.0/invoke/rec/method/a", Cancel));

        sidecar.Sidecar.Traps.EmptyInvocations = 1;
        Assert.Equal("", await sidecar.Http.GetStringAsync("/v1.0/invoke/rec/method/a", Cancel));
        Assert.Single(app.Calls);
    }
}

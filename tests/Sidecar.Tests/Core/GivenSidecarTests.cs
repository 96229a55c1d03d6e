using System.Net;
using MallBots.Sidecar.Tests.Invocation;
using MallBots.Sidecar.Tests.PubSub;
using MallBots.Sidecar.Tests.State;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>The transcripts against a given sidecar, each once: it and its store must be fresh (docs/conformance.md).</summary>
[Collection(nameof(GivenSidecar))]
public sealed class GivenSidecarTests(GivenSidecar given)
{
    // The policy of redis-resiliency is about events alone; its state is that of Redis.
    string StateEngine => given.Engine.Replace("-resiliency", "", StringComparison.Ordinal);

    [Fact]
    public Task State_over_http_answers_as_recorded() =>
        StateReplay.PlayAsync($"{StateEngine}-state-http", entry => HttpReplay.AssertAsRecordedAsync(given.Http, entry), UntilGoneAsync);

    // The keys of this transcript begin with g, those of the other one do not.
    [Fact]
    public Task State_over_grpc_answers_as_recorded() =>
        StateReplay.PlayAsync($"{StateEngine}-state-grpc", entry => GrpcReplay.AssertAsRecordedAsync(given.Channel, entry), () => Task.CompletedTask);

    [Fact]
    public Task Events_are_delivered_as_recorded()
    {
        Assert.SkipWhen(given.Engine == "sqlite", "there is no pub/sub on SQLite");
        return PubSubConformanceTests.ReplayAsync($"{given.Engine}-pubsub", given.Http, given.Channel, given.Subscriber);
    }

    [Fact]
    public async Task The_app_is_asked_as_recorded_when_it_listens()
    {
        _ = given.Engine;
        await given.Subscriber.AskedForSubscriptionsAsync();
        PubSubConformanceTests.AssertStartup(given.Subscriber);
    }

    [Fact]
    public Task Invocation_secrets_bindings_and_health_answer_as_recorded()
    {
        _ = given.Engine;
        return OtherApisConformanceTests.ReplayAsync(given.Http, given.App);
    }

    Task UntilGoneAsync() => Eventually.True(async () => (await given.Http.GetAsync("/v1.0/state/statestore/ttl")).StatusCode == HttpStatusCode.NoContent, what: "the key is gone");
}

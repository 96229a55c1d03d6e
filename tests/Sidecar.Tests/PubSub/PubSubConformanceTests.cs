using System.Text.Json.Nodes;
using Grpc.Core;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>Replays the pub/sub transcripts of daprd, each as one story against a fresh sidecar and the app of the recordings.</summary>
public sealed class PubSubConformanceTests
{
    // As the recording was made: five retries.
    const string FiveRetries =
        """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata:
          name: inbound
        spec:
          policies:
            retries:
              five:
                policy: constant
                duration: 20ms
                maxRetries: 5
          targets:
            components:
              pubsub:
                inbound:
                  retry: five
        """;

    [Fact]
    public Task In_memory_answers_and_delivers_as_recorded() =>
        ReplayAsync("memory-pubsub", inMemory: true, Yaml.Component("pubsub", "pubsub.in-memory"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Embedded_with_a_policy_answers_and_delivers_as_recorded_of_redis_with_a_policy(bool inMemory) =>
        ReplayAsync("redis-resiliency-pubsub", inMemory, Yaml.Component("pubsub", "pubsub.embedded"), FiveRetries);

    [Fact]
    public async Task Redis_answers_and_delivers_as_recorded()
    {
        await using var redis = await RedisServer.StartAsync();
        await ReplayAsync("redis-pubsub", inMemory: true, redis.PubSubYaml());
    }

    [Fact]
    public async Task Redis_with_a_policy_answers_and_delivers_as_recorded()
    {
        await using var redis = await RedisServer.StartAsync();
        await ReplayAsync("redis-resiliency-pubsub", inMemory: true, redis.PubSubYaml(), FiveRetries);
    }

    [Fact]
    public async Task An_app_that_connects_is_asked_as_recorded()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.Component("pubsub", "pubsub.in-memory")]);
        await using var app = await RecordedApp.StartAsync();
        sidecar.Sidecar.Connect(SidecarUnderTest.AppId, app.Port);
        await app.AskedForSubscriptionsAsync();

        AssertStartup(app);
    }

    static async Task ReplayAsync(string recording, bool inMemory, params string[] yaml)
    {
        await using var sidecar = await SidecarUnderTest.StartAsync(yaml, inMemory: inMemory);
        await using var app = await RecordedApp.StartAsync();
        sidecar.Sidecar.Connect(SidecarUnderTest.AppId, app.Port);
        await ReplayAsync(recording, sidecar.Http, sidecar.Channel, app);
    }

    internal static void AssertStartup(SubscribingApp app)
    {
        DeliveryReplay.AssertAsRecorded(Recording.Load("redis-startup").Single()["received"]!, app.StartupCalls);
        Assert.Equal(["/dapr/config", "/dapr/subscribe"], app.StartupCalls.Select(call => call.Path));
        TestContext.Current.TestOutputHelper!.WriteLine("redis-startup: 1 case, 0 differ, 0 left out");
    }

    /// <summary>Plays a transcript; the app is already behind the sidecar.</summary>
    internal static async Task ReplayAsync(string recording, HttpClient http, ChannelBase channel, SubscribingApp app)
    {
        await WaitForSubscriptionsAsync(http);

        var (differences, played, leftOut) = (new List<string>(), 0, 0);
        var reasons = LeftOut.Of(recording);
        var cases = Recording.Load(recording);
        foreach (var entry in cases)
        {
            var name = Recording.NameOf(entry);
            if (reasons.ContainsKey(name.Split('/')[0]))
            {
                leftOut++;
                continue;
            }

            played++;
            try
            {
                await PlayAsync(http, channel, app, entry);
            }
            catch (Exception difference) when (difference is Xunit.Sdk.XunitException or TimeoutException)
            {
                differences.Add($"{name}: {difference.Message}");
            }
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{recording}: {played} cases, {differences.Count} differ, {leftOut} left out");
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    static async Task PlayAsync(HttpClient http, ChannelBase channel, SubscribingApp app, JsonObject entry)
    {
        if (entry["received"] is JsonArray expected)
        {
            // What comes before the end of the case belongs to it: too few and too many both differ.
            var received = await app.NextAsync(expected.Count);
            DeliveryReplay.AssertAsRecorded(expected, received);
            await http.PostAsync("/v1.0/publish/pubsub/end-of-case", new StringContent("end"), TestContext.Current.CancellationToken);
            Assert.Equal("/end-of-case", (await app.NextAsync()).Path);
        }
        else if (entry.ContainsKey("grpc"))
        {
            await GrpcReplay.AssertAsRecordedAsync(channel, entry);
        }
        else
        {
            await HttpReplay.AssertAsRecordedAsync(http, entry);
        }
    }

    // An app is subscribed a moment after it was asked: a topic of its own tells when.
    static Task WaitForSubscriptionsAsync(HttpClient http) => Eventually.True(
        async () => JsonNode.Parse(await http.GetStringAsync("/v1.0/metadata"))!["subscriptions"] is JsonArray { Count: > 0 }, what: "the app is subscribed");
}

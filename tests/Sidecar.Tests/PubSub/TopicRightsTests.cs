using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Dapr;
using Google.Rpc;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.PubSub;
using MallBots.Sidecar.PubSub.Brokers;
using MallBots.Sidecar.PubSub.CloudEvents;
using MallBots.Sidecar.Resiliency;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MallBots.Sidecar.Tests.PubSub;

/// <summary>Which topics an app may publish and hear by the four settings of its pub/sub component, in every way that there is (fact P14).</summary>
public sealed class TopicRightsTests : IClassFixture<TopicRightsTests.Sidecars>
{
    // "open" is in the list, "guarded" is in it and protected, "other" stands nowhere.
    const string Scopes = "named=guarded, other; both = open,guarded ;empty=; bare; twice=open;twice=guarded";

    // [pubsub, app, topics that it may use]
    static readonly (string PubSub, string App, string Topics)[] Rights =
    [
        ("strict", "named", "guarded"), // Not "other": the list of allowed topics goes before the scopes. Not "open": who is named has what is named.
        ("strict", "both", "open guarded"),
        ("strict", "twice", "open guarded"),
        ("strict", "empty", ""),
        ("strict", "nowhere", "open"),
        ("strict", "bare", "open"), // Without an equals sign it stands nowhere.
        ("strict", "NAMED", "open"), // App ids are told apart by case.
        ("protecting", "named", "guarded other"),
        ("protecting", "empty", ""),
        ("protecting", "nowhere", "open other"),
        ("allowing", "nowhere", "open guarded"),
        ("blank", "nowhere", ""), // One space is a list of one topic without a name.
        ("blank", "both", ""),
        ("without", "nowhere", "open guarded other"),
    ];

    static readonly string[] Topics = ["open", "guarded", "other"];

    readonly Sidecars sidecars;

    public TopicRightsTests(Sidecars sidecars) => this.sidecars = sidecars;

    public static TheoryData<string, string, string> Table => [.. Rights.Select(right => new TheoryDataRow<string, string, string>(right.PubSub, right.App, right.Topics))];

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Table))]
    public async Task An_app_publishes_to_the_topics_that_it_may(string pubSub, string app, string topics)
    {
        using var http = sidecars.Sidecar.ClientOf(app);
        using var grpc = sidecars.Sidecar.DaprClientOf(app);
        foreach (var topic in Topics)
        {
            var expected = topics.Split(' ').Contains(topic) ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden;

            using var single = await http.PostAsync($"/v1.0/publish/{pubSub}/{topic}", new StringContent("1"), Cancel);
            using var bulk = await http.PostAsync($"/v1.0/publish/bulk/{pubSub}/{topic}", Json("""[{"entryId":"1","event":"x","contentType":"text/plain"}]"""), Cancel);
            using var none = await http.PostAsync($"/v1.0/publish/bulk/{pubSub}/{topic}", Json("[]"), Cancel);
            var overGrpc = await Refusal(() => grpc.PublishEventAsync(pubSub, topic, 1, Cancel));
            var bulkOverGrpc = await Refusal(() => grpc.BulkPublishEventAsync(pubSub, topic, (int[])[1, 2], cancellationToken: Cancel));

            Assert.Equal((topic, expected, expected, expected), (topic, single.StatusCode, bulk.StatusCode, none.StatusCode));
            StatusCode? code = expected == HttpStatusCode.Forbidden ? StatusCode.PermissionDenied : null;
            Assert.Equal((topic, code, code), (topic, overGrpc?.StatusCode, bulkOverGrpc?.StatusCode));
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task An_app_hears_the_topics_that_it_may_and_the_others_are_one_error_each(string pubSub, string app, string topics)
    {
        var (heard, told) = await HearAsync(pubSub, app);

        Assert.Equal(topics.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), heard.Order());
        Assert.Equal(
            Topics.Except(heard).Order(),
            told.Select(line => Topics.Single(topic => line == $"{app}: subscription to topic '{topic}' on pubsub '{pubSub}' is not allowed")).Order());
    }

    [Fact]
    public async Task A_forbidden_publish_answers_as_the_real_one()
    {
        const string Message = "topic other is not allowed for app id nowhere";
        using var http = sidecars.Sidecar.ClientOf("nowhere");
        using var grpc = sidecars.Sidecar.DaprClientOf("nowhere");

        using var answer = await http.PostAsync("/v1.0/publish/strict/other", new StringContent("1"), Cancel);
        var refusal = await Refusal(() => grpc.PublishEventAsync("strict", "other", 1, Cancel));

        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(("ERR_PUBSUB_FORBIDDEN", Message), ((string?)document["errorCode"], (string?)document["message"]));
        var info = document["details"]!.AsArray().Single(detail => ((string)detail!["@type"]!).EndsWith("ErrorInfo", StringComparison.Ordinal))!;
        Assert.Equal(("DAPR_PUBSUB_FORBIDDEN", Message, "other"), ((string?)info["reason"], (string?)info["metadata"]!["error"], (string?)info["metadata"]!["topic"]));
        Assert.Equal(Message, refusal!.Status.Detail);
        var details = Google.Rpc.Status.Parser.ParseFrom(refusal.Trailers.GetValueBytes("grpc-status-details-bin"));
        Assert.Equal("DAPR_PUBSUB_FORBIDDEN", details.Details.Single(detail => detail.Is(ErrorInfo.Descriptor)).Unpack<ErrorInfo>().Reason);
    }

    [Theory]
    [InlineData("/v1.0/publish/strict/", "1", 404)]
    [InlineData("/v1.0/publish/bulk/strict/other", "{", 400)]
    [InlineData("/v1.0/publish/bulk/strict/other", """[{"event":"x","contentType":"text/plain"}]""", 400)]
    public async Task What_is_wrong_with_a_call_comes_before_its_rights(string path, string body, int status)
    {
        using var http = sidecars.Sidecar.ClientOf("nowhere");
        using var answer = await http.PostAsync(path, new StringContent(body), Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("open", true)]
    [InlineData("guarded", false)]
    public async Task A_dead_letter_is_published_with_the_rights_of_the_subscriber(string deadLetters, bool published)
    {
        var log = new KeptLog();
        string[] yaml = [Yaml.Component("pubsub", "pubsub.embedded", ("protectedTopics", "guarded"), ("redeliverInterval", "1h"), ("subscriptionScopes", "search=store;audit=open,guarded"))];
        await using var sidecar = await SidecarUnderTest.StartAsync(yaml, ["rec", "search", "audit"], inMemory: true, loggers: log);
        await using var search = await SubscribingApp.StartAsync($$"""[{"pubsubname":"pubsub","topic":"store","route":"/store","deadLetterTopic":"{{deadLetters}}"}]""");
        await using var audit = await SubscribingApp.StartAsync(SubscribingApp.Subscribe("open", "guarded"));
        search.Answer = _ => Task.FromResult((404, ""));
        sidecar.Sidecar.Connect("search", search.Port);
        sidecar.Sidecar.Connect("audit", audit.Port);
        using var client = sidecar.DaprClientOf();

        await client.PublishEventAsync("pubsub", "store", 1, Cancel);

        await search.NextAsync();
        if (published) Assert.Equal("/open", (await audit.NextAsync()).Path);
        else await Eventually.True(() => Task.FromResult(log.Lines.Any(line => line.Line.EndsWith("topic guarded is not allowed for app id search", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_dead_letter_that_may_not_be_published_is_not_and_the_message_counts_as_failed()
    {
        var search = new FakeConsumer("search", "store") { DeadLetters = "dead", MayDeadLetter = false, Answer = (_, _) => Task.FromResult(new DeliveryResult(DeliveryOutcome.Dropped)) };
        var log = new KeptLog();
        var delivery = new PolicyDelivery(search, ResiliencyPolicy.None, (_, _) => throw new InvalidOperationException("published all the same"), TimeProvider.System, log);

        Assert.False(await delivery.DeliverAsync("store", new BrokerMessage([1], PublishMetadata.None), Cancel));

        Assert.All(log.Lines.Where(line => line.Level == LogLevel.Error), line => Assert.EndsWith("topic dead is not allowed for app id search", line.Line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pubsub.in-memory")]
    [InlineData("pubsub.embedded")]
    [InlineData("pubsub.redis")]
    public void Every_engine_has_the_settings(string type)
    {
        var folder = SidecarUnderTest.NewFolder();
        File.WriteAllText(
            Path.Combine(folder, "a.yaml"),
            Yaml.Component("pubsub", type, [("redisHost", "x"), ("AllowedTopics", "a"), ("protectedTopics", "a"), ("publishingScopes", "x=a"), ("subscriptionScopes", "x=a")]));

        var resources = ResourceFiles.Read([folder]);

        Directory.Delete(folder, recursive: true);
        Assert.DoesNotContain(resources.Warnings, warning => !warning.Contains("'redisHost'", StringComparison.Ordinal));
        Assert.False(TopicRights.Of(resources.Components.Single()).MayPublish("x", "b"));
    }

    static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    static async Task<RpcException?> Refusal(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (DaprException refused) when (refused.InnerException is RpcException reason)
        {
            return reason;
        }
    }

    // A message of every topic waits there; what the app gets of them by the time that it has had all it may is what it hears.
    async Task<(IReadOnlyList<string> Heard, IReadOnlyList<string> Told)> HearAsync(string pubSub, string app)
    {
        await using var web = await SubscribingApp.StartAsync(
            "[" + string.Join(',', Topics.Select(topic => $$"""{"pubsubname":"{{pubSub}}","topic":"{{topic}}","route":"/{{topic}}"}""")) + "]");
        var before = Told().Count;
        sidecars.Sidecar.Sidecar.Connect(app, web.Port);
        var heard = new HashSet<string>();
        try
        {
            await Eventually.True(() =>
            {
                while (web.Deliveries.TryRead(out var delivery)) heard.Add(delivery.Path[1..]);
                return Task.FromResult(heard.Count + Told().Count - before >= Topics.Length);
            });
            return ([.. heard], Told()[before..]);
        }
        finally
        {
            sidecars.Sidecar.Sidecar.Disconnect(app);
        }

        List<string> Told() => [.. sidecars.Log.Lines.Where(line => line.Level == LogLevel.Error && line.Line.StartsWith(app + ": ", StringComparison.Ordinal)).Select(line => line.Line)];
    }

    /// <summary>One sidecar for the whole table; every topic has a message.</summary>
    public sealed class Sidecars : IAsyncLifetime
    {
        public KeptLog Log { get; } = new();

        public SidecarUnderTest Sidecar { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            (string, string)[] scopes = [("publishingScopes", Scopes + ";rec=open,guarded,other"), ("subscriptionScopes", Scopes)];
            string[] yaml =
            [
                Yaml.Component("strict", "pubsub.embedded", [("allowedTopics", "open, guarded"), ("protectedTopics", "guarded"), .. scopes]),
                Yaml.Component("protecting", "pubsub.embedded", [("protectedTopics", "guarded"), .. scopes]),
                Yaml.Component("allowing", "pubsub.embedded", ("allowedTopics", "open,guarded,")),
                Yaml.Component("blank", "pubsub.embedded", [("allowedTopics", " "), .. scopes]),
                Yaml.Component("without", "pubsub.embedded", ("allowedTopics", ""), ("protectedTopics", ""), ("publishingScopes", ""), ("subscriptionScopes", "")),
            ];
            Sidecar = await SidecarUnderTest.StartAsync(yaml, ["rec", .. Rights.Select(right => right.App).Distinct()], inMemory: true, loggers: Log);
            foreach (var pubSub in (string[])["strict", "protecting", "allowing", "blank", "without"])
            {
                foreach (var topic in Topics) (await Sidecar.Http.PostAsync($"/v1.0/publish/{pubSub}/{topic}", new StringContent("1"))).Dispose();
            }
        }

        public async ValueTask DisposeAsync() => await Sidecar.DisposeAsync();
    }
}

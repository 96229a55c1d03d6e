using System.Globalization;
using MallBots.Contracts;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace MallBots.Mall.Tests.Local;

/// <summary>Component files agree with the code, and with what the runtime was measured to do.</summary>
public class ComponentFilesTests
{
    public static readonly TheoryData<string> Engines = ["components/redis", "components/kafka", "components/embedded"];

    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_engine_has_the_same_two_components(string folder) =>
        Assert.Equal(["pubsub", "statestore"], Components(folder).Select(component => component.Text("metadata", "name")).Order());

    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_state_store_can_keep_workflows(string folder) =>
        Assert.Equal("true", Settings(folder, "statestore")["actorStateStore"]);

    [Fact]
    public void What_all_engines_share_is_in_common() =>
        Assert.Equal(["secrets", "sms"], Components("components/common").Select(component => component.Text("metadata", "name")).Order());

    [Fact]
    public void Calls_to_every_app_have_a_time_out_and_repeat_503_only()
    {
        var invocation = Resiliencies("components/common").Single().At("spec");
        Assert.Equal(Apps.Ports.Keys.Order(), invocation.At("targets", "apps").Keys().Order());
        foreach (var app in Apps.Ports.Keys)
        {
            var timeout = invocation.Text("targets", "apps", app, "timeout");
            Assert.InRange(Seconds(invocation.Text("policies", "timeouts", timeout)), 1, 10);
            var retry = invocation.Text("targets", "apps", app, "retry");
            Assert.Equal("503", invocation.Text("policies", "retries", retry, "matching", "httpStatusCodes"));
        }
    }

    [Fact]
    public void Scopes_name_apps_that_there_are()
    {
        foreach (var component in new[] { "components/common", "components/redis", "components/kafka", "components/embedded" }.SelectMany(Components))
        {
            if (component.Children.ContainsKey("scopes")) Assert.Subset(Apps.Ports.Keys.ToHashSet(), component.At("scopes").Texts().ToHashSet());
        }
    }

    /// <summary>Fact P13: otherwise daprd acknowledges what failed, and the event is lost.</summary>
    [Fact]
    public void On_Redis_the_retries_of_a_delivery_end_later_than_its_processing_timeout()
    {
        var policy = Resiliencies("components/redis").Single().At("spec");
        var retry = policy.At("policies", "retries", policy.Text("targets", "components", "pubsub", "inbound", "retry"));
        Assert.Equal("constant", retry.Text("policy"));
        var retries = int.Parse(retry.Text("maxRetries"), CultureInfo.InvariantCulture) * Seconds(retry.Text("duration"));

        var pubsub = Settings("components/redis", "pubsub");
        Assert.True(retries > Seconds(pubsub["processingTimeout"]));
        Assert.Equal("3000", pubsub["redeliverInterval"]);
        Assert.Equal("64", pubsub["concurrency"]);
        Assert.Equal("100", pubsub["queueDepth"]);
        Assert.Contains("maxLenApprox", pubsub.Keys);
    }

    /// <summary>Fact S11: the kit alone repeats a save.</summary>
    [Theory]
    [InlineData("components/redis")]
    [InlineData("components/kafka")]
    public void A_state_store_on_Redis_repeats_nothing_and_gives_up_soon(string folder)
    {
        var store = Settings(folder, "statestore");
        Assert.Equal("-1", store["redisMaxRetries"]);
        Assert.All(["dialTimeout", "readTimeout", "writeTimeout"], setting => Assert.Equal("500ms", store[setting]));
    }

    /// <summary>Fact P4: a policy of ours would only come before Kafka's own retry.</summary>
    [Fact]
    public void On_Kafka_there_is_no_policy_and_nothing_published_before_is_missed()
    {
        Assert.Empty(Resiliencies("components/kafka"));
        Assert.Equal("oldest", Settings("components/kafka", "pubsub")["initialOffset"]);
    }

    [Fact]
    public void Ended_workflows_are_not_kept_for_ever() =>
        Assert.NotEmpty(OfKind("components/common", "Configuration").Single().At("spec", "workflow", "stateRetentionPolicy").Keys());

    static IEnumerable<YamlMappingNode> OfKind(string folder, string kind) => Repository.YamlIn(folder).Where(document => document.Text("kind") == kind);

    static IEnumerable<YamlMappingNode> Components(string folder) => OfKind(folder, "Component");

    static IEnumerable<YamlMappingNode> Resiliencies(string folder) => OfKind(folder, "Resiliency");

    static Dictionary<string, string> Settings(string folder, string component)
    {
        var document = Components(folder).Single(each => each.Text("metadata", "name") == component);
        return ((YamlSequenceNode)document.At("spec", "metadata")).ToDictionary(each => each.Text("name"), each => each.Text("value"));
    }

    static double Seconds(string duration) => duration.EndsWith("ms", StringComparison.Ordinal)
        ? double.Parse(duration[..^2], CultureInfo.InvariantCulture) / 1000
        : double.Parse(duration.TrimEnd('s'), CultureInfo.InvariantCulture);
}

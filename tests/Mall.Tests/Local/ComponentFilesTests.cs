using System.Globalization;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace MallBots.Mall.Tests.Local;

/// <summary>Component files agree with the code, and with what the runtime was measured to do.</summary>
public class ComponentFilesTests
{
    public static readonly TheoryData<string> Engines = ["components/redis", "components/kafka", "components/embedded"];

    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_engine_has_the_same_three_components(string folder) =>
        Assert.Equal(["pubsub", "statestore", "workflowstore"], Components(folder).Select(component => component.Text("metadata", "name")).Order());

    [Fact]
    public void Every_folder_of_an_engine_is_looked_at_here() =>
        Assert.Equal(Engines.Select(engine => engine.Data).Order(), AllFolders().Except(["components/common"]).Order());

    /// <summary>Facts W4, W9: what runs no workflow needs no workflow engine; the runtime does not start with two stores for one app.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Workflows_are_kept_for_order_workflow_alone_and_in_one_store(string folder)
    {
        foreach (var app in Apps.Ports.Keys)
        {
            var kept = new[] { "components/common", folder }.SelectMany(Components).Where(component => IsActorStateStore(component) && IsVisibleTo(component, app));
            Assert.Equal(app == Apps.OrderWorkflow ? ["workflowstore"] : [], kept.Select(component => component.Text("metadata", "name")));
        }
    }

    /// <summary>Fact W9: the time-outs that are right for the kit (S11) leave workflows asleep, or failing for ever.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void No_component_is_the_kits_and_the_workflows_at_once(string folder)
    {
        foreach (var component in Components(folder).Where(component => component.Text("spec", "type").StartsWith("state.", StringComparison.Ordinal)))
        {
            var settings = Settings(component);
            var isTheKits = component.Text("metadata", "name") == "statestore" || settings.ContainsKey("redisMaxRetries")
                || settings.TryGetValue("readTimeout", out var read) && Seconds(read) < 10;
            Assert.False(isTheKits && IsActorStateStore(component), $"{folder}: {component.Text("metadata", "name")}");
        }
    }

    /// <summary>Fact S14: every save of an actor or a workflow is carried out, and then answers a conflict.</summary>
    [Fact]
    public void No_state_store_on_Redis_has_a_write_timeout()
    {
        var stores = AllFolders().SelectMany(Components).Where(component => component.Text("spec", "type") == "state.redis").ToList();
        Assert.NotEmpty(stores);
        Assert.All(stores, store => Assert.DoesNotContain(Settings(store).Keys, setting => setting.Equals("writeTimeout", StringComparison.OrdinalIgnoreCase)));
    }

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
        foreach (var component in AllFolders().SelectMany(Components))
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
        Assert.All(["dialTimeout", "readTimeout"], setting => Assert.Equal("500ms", store[setting]));
    }

    /// <summary>Fact W9: the runtime does not look again after a save that it gave up, so it has to wait and to repeat.</summary>
    [Theory]
    [InlineData("components/redis")]
    [InlineData("components/kafka")]
    public void Workflows_on_Redis_wait_for_one_that_stands_still_and_are_in_the_Redis_of_everything_else(string folder)
    {
        var (workflows, documents) = (Settings(folder, "workflowstore"), Settings(folder, "statestore"));
        Assert.InRange(Seconds(workflows["readTimeout"]), 30, 60);
        Assert.InRange(Seconds(workflows["dialTimeout"]), 5, 30);
        Assert.DoesNotContain("redisMaxRetries", workflows.Keys);
        Assert.Equal((documents["redisHost"], documents["redisPassword"]), (workflows["redisHost"], workflows["redisPassword"]));
    }

    /// <summary>With the embedded engines histories have always been in this file.</summary>
    [Fact]
    public void Embedded_workflows_are_in_the_file_of_everything_else() =>
        Assert.Equal(Settings("components/embedded", "statestore")["connectionString"], Settings("components/embedded", "workflowstore")["connectionString"]);

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

    /// <summary>Every folder of components there is.</summary>
    static IEnumerable<string> AllFolders() =>
        Directory.EnumerateDirectories(Repository.PathOf("components")).Select(folder => $"components/{Path.GetFileName(folder)}");

    static bool IsActorStateStore(YamlMappingNode component) => Settings(component).GetValueOrDefault("actorStateStore") == "true";

    static bool IsVisibleTo(YamlMappingNode component, string app) => !component.Children.ContainsKey("scopes") || component.At("scopes").Texts().Contains(app);

    static Dictionary<string, string> Settings(string folder, string component) =>
        Settings(Components(folder).Single(each => each.Text("metadata", "name") == component));

    static Dictionary<string, string> Settings(YamlMappingNode component) =>
        ((YamlSequenceNode)component.At("spec", "metadata")).ToDictionary(each => each.Text("name"), each => each.Text("value"));

    static double Seconds(string duration) => duration.EndsWith("ms", StringComparison.Ordinal)
        ? double.Parse(duration[..^2], CultureInfo.InvariantCulture) / 1000
        : double.Parse(duration.TrimEnd('s'), CultureInfo.InvariantCulture);
}

using System.Globalization;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;
using static MallBots.Mall.Tests.Local.ComponentFiles;

namespace MallBots.Mall.Tests.Local;

/// <summary>Component files agree with the code, and with what the runtime was measured to do.</summary>
public class ComponentFilesTests
{
    public static readonly TheoryData<string> Engines = ["components/redis", "components/kafka", "components/postgres", "components/embedded"];

    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_engine_has_the_same_three_components(string folder) =>
        Assert.Equal(["pubsub", "statestore", "workflowstore"], Components(folder).Select(component => component.Name()).Order());

    [Fact]
    public void Every_folder_of_an_engine_is_looked_at_here() =>
        Assert.Equal(Engines.Select(engine => engine.Data).Order(), Folders.Except([Common]).Order());

    /// <summary>Facts W4, W9: what runs no workflow needs no workflow engine; the runtime does not start with two stores for one app.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Workflows_are_kept_for_order_workflow_alone_and_in_one_store(string folder)
    {
        foreach (var app in Apps.Ports.Keys)
        {
            var kept = new[] { Common, folder }.SelectMany(Components).Where(component => IsActorStateStore(component) && component.Scopes()?.Contains(app) != false);
            Assert.Equal(app == Apps.OrderWorkflow ? ["workflowstore"] : [], kept.Select(component => component.Name()));
        }
    }

    /// <summary>Fact W9: the time-outs that are right for the kit (S11) leave workflows asleep, or failing for ever.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void No_component_is_the_kits_and_the_workflows_at_once(string folder)
    {
        foreach (var component in Components(folder).Where(component => component.Text("spec", "type").StartsWith("state.", StringComparison.Ordinal)))
        {
            var settings = component.Settings();
            var isTheKits = component.Name() == "statestore" || settings.ContainsKey("redisMaxRetries")
                || new[] { "readTimeout", "timeout" }.Any(timeout => settings.TryGetValue(timeout, out var waits) && Seconds(waits) < 10);
            Assert.False(isTheKits && IsActorStateStore(component), $"{folder}: {component.Name()}");
        }
    }

    /// <summary>Fact S14: every save of an actor or a workflow is carried out, and then answers a conflict.</summary>
    [Fact]
    public void No_state_store_on_Redis_has_a_write_timeout()
    {
        var stores = Folders.SelectMany(Components).Where(component => component.Text("spec", "type") == "state.redis").ToList();
        Assert.NotEmpty(stores);
        Assert.All(stores, store => Assert.DoesNotContain(store.Settings().Keys, setting => setting.Equals("writeTimeout", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public void What_all_engines_share_is_in_common() =>
        Assert.Equal(["environment", "secrets", "sms"], Components(Common).Select(component => component.Name()).Order());

    [Fact]
    public void Calls_to_every_app_have_a_time_out_and_repeat_503_only()
    {
        var invocation = Resiliencies(Common).Single().At("spec");
        Assert.Equal(Apps.Ports.Keys.Order(), invocation.At("targets", "apps").Keys().Order());
        foreach (var app in Apps.Ports.Keys)
        {
            var timeout = invocation.Text("targets", "apps", app, "timeout");
            Assert.InRange(Seconds(invocation.Text("policies", "timeouts", timeout)), 1, 10);
            var retry = invocation.Text("targets", "apps", app, "retry");
            Assert.Equal("503", invocation.Text("policies", "retries", retry, "matching", "httpStatusCodes"));
        }
    }

    /// <summary>Fact P13: otherwise daprd acknowledges what failed, and the event is lost.</summary>
    [Theory]
    [InlineData("components/redis")]
    [InlineData("components/postgres")]
    public void On_Redis_the_retries_of_a_delivery_end_later_than_its_processing_timeout(string folder)
    {
        var policy = Resiliencies(folder).Single().At("spec");
        var retry = policy.At("policies", "retries", policy.Text("targets", "components", "pubsub", "inbound", "retry"));
        Assert.Equal("constant", retry.Text("policy"));
        var retries = int.Parse(retry.Text("maxRetries"), CultureInfo.InvariantCulture) * Seconds(retry.Text("duration"));

        var pubsub = Component(folder, "pubsub").Settings();
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
        var store = Component(folder, "statestore").Settings();
        Assert.Equal("-1", store["redisMaxRetries"]);
        Assert.All(["dialTimeout", "readTimeout"], setting => Assert.Equal("500ms", store[setting]));
    }

    /// <summary>Fact W9: the runtime does not look again after a save that it gave up, so it has to wait and to repeat.</summary>
    [Theory]
    [InlineData("components/redis")]
    [InlineData("components/kafka")]
    public void Workflows_on_Redis_wait_for_one_that_stands_still_and_are_in_the_Redis_of_everything_else(string folder)
    {
        var (workflows, documents) = (Component(folder, "workflowstore").Settings(), Component(folder, "statestore").Settings());
        Assert.InRange(Seconds(workflows["readTimeout"]), 30, 60);
        Assert.InRange(Seconds(workflows["dialTimeout"]), 5, 30);
        Assert.DoesNotContain("redisMaxRetries", workflows.Keys);
        Assert.Equal((documents["redisHost"], documents["redisPassword"]), (workflows["redisHost"], workflows["redisPassword"]));
    }

    /// <summary>One database; a call of the kit ends after 5 s (S11), and the runtime does not look again (W9).</summary>
    [Fact]
    public void In_PostgreSQL_workflows_wait_longer_than_the_kit_and_are_in_the_database_of_everything_else()
    {
        YamlMappingNode[] stores = [Component("components/postgres", "statestore"), Component("components/postgres", "workflowstore")];
        Assert.All(stores, store => Assert.Equal(("state.postgresql", "v2"), (store.Text("spec", "type"), store.Text("spec", "version"))));
        var (documents, workflows) = (stores[0].Settings(), stores[1].Settings());
        Assert.Equal(5, Seconds(documents["timeout"]));
        Assert.InRange(Seconds(workflows["timeout"]), 30, 60);
        Assert.All(["connectionString", "password", "maxConns"], setting => Assert.Equal(documents[setting], workflows[setting]));
        Assert.Equal("secret:MALLBOTS_POSTGRES_PASSWORD", documents["password"]);
        Assert.DoesNotContain("password", documents["connectionString"], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Neither Kafka nor PostgreSQL is both a broker and a store, so the other half is that of Redis, to the letter but for comments.</summary>
    [Theory]
    [InlineData("postgres", "pubsub")]
    [InlineData("postgres", "resiliency")]
    [InlineData("kafka", "statestore")]
    [InlineData("kafka", "workflowstore")]
    public void What_an_engine_has_of_Redis_is_the_same_as_there(string engine, string file)
    {
        Assert.Equal(Lines("redis"), Lines(engine));

        IEnumerable<string> Lines(string folder) => File.ReadLines(Repository.PathOf($"components/{folder}/{file}.yaml")).Where(line => !line.TrimStart().StartsWith('#'));
    }

    /// <summary>With the embedded engines histories have always been in this file.</summary>
    [Fact]
    public void Embedded_workflows_are_in_the_file_of_everything_else() =>
        Assert.Equal(Component("components/embedded", "statestore").Settings()["connectionString"], Component("components/embedded", "workflowstore").Settings()["connectionString"]);

    /// <summary>Fact P4: a policy of ours would only come before Kafka's own retry.</summary>
    [Fact]
    public void On_Kafka_there_is_no_policy_and_nothing_published_before_is_missed()
    {
        Assert.Empty(Resiliencies("components/kafka"));
        Assert.Equal("oldest", Component("components/kafka", "pubsub").Settings()["initialOffset"]);
    }

    [Fact]
    public void Ended_workflows_are_not_kept_for_ever() =>
        Assert.NotEmpty(OfKind(Common, "Configuration").Single().At("spec", "workflow", "stateRetentionPolicy").Keys());

    static bool IsActorStateStore(YamlMappingNode component) => component.Settings().GetValueOrDefault("actorStateStore") == "true";
}

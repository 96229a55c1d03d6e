using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;
using static MallBots.Mall.Tests.Local.ComponentFiles;

namespace MallBots.Mall.Tests.Local;

/// <summary>Who sees which component, who may publish and hear what, and who reads which secret: all of it follows from the table of apps.</summary>
public class ComponentRightsTests
{
    const string Environment = "environment";

    public static TheoryData<string> Engines => [.. Folders.Except([Common])];

    [Fact]
    public void Every_component_is_seen_by_the_apps_whose_table_names_it_and_by_nobody_else()
    {
        var components = Folders.SelectMany(Components).Where(component => component.Name() != Environment).ToList();
        Assert.Equal(Apps.All.SelectMany(app => app.Components).Distinct().Order(), components.Select(component => component.Name()).Distinct().Order());
        foreach (var component in components)
        {
            var users = Apps.All.Where(app => app.Components.Contains(component.Name())).Select(app => app.Id);
            Assert.Equal((component.Name(), string.Join(' ', users.Order())), (component.Name(), string.Join(' ', component.Scopes()?.Order() ?? Enumerable.Empty<string>())));
        }
    }

    /// <summary>Fact R6: a component whose secret store the app does not see is never loaded there, and no error says so.</summary>
    [Fact]
    public void The_passwords_of_the_engines_are_where_a_component_needs_them_and_nowhere_else()
    {
        var all = Folders.SelectMany(Components).ToList();
        var needing = all.Where(component => component.Settings().Values.Any(value => value.StartsWith("secret:", StringComparison.Ordinal))).ToList();
        Assert.NotEmpty(needing);
        Assert.All(needing, component => Assert.Equal(Environment, component.SecretStore()));
        // The gateway sees it for the sake of quiet starts (fact R7): it can't read it, as no app can.
        Assert.Equal(needing.SelectMany(component => component.Scopes()!).Append(Apps.Gateway).Distinct().Order(), Component(Common, Environment).Scopes()!.Order());
        Assert.All(all.Except(needing), component => Assert.Null(component.SecretStore()));
        Assert.All(all, component => Assert.All(
            component.Settings().Where(setting => setting.Key.Contains("password", StringComparison.OrdinalIgnoreCase)), setting => Assert.StartsWith("secret:MALLBOTS_", setting.Value, StringComparison.Ordinal)));
    }

    /// <summary>An app could else read them by the secrets API of its sidecar.</summary>
    [Fact]
    public void No_app_reads_the_passwords_of_the_engines()
    {
        var scopes = (YamlSequenceNode)OfKind(Common, "Configuration").Single().At("spec", "secrets", "scopes");
        var scope = Assert.Single(scopes, each => each.Text("storeName") == Environment);
        Assert.Equal("deny", scope.Text("defaultAccess"));
        Assert.Null(scope.Find("allowedSecrets"));
        Assert.DoesNotContain(scopes, each => each.Text("storeName") == ComponentNames.Secrets);
    }

    /// <summary>Fact P14: with both lists whole, an app that is not named has no topic.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_topic_is_allowed_and_protected(string folder)
    {
        var settings = Component(folder, ComponentNames.PubSub).Settings();
        var all = string.Join('\n', Topics.All.Select(topic => topic.Name).Order());
        Assert.All(["allowedTopics", "protectedTopics"], setting => Assert.Equal(all, string.Join('\n', List(settings[setting]).Order())));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_app_publishes_and_hears_what_its_table_says(string folder)
    {
        var settings = Component(folder, ComponentNames.PubSub).Settings();
        Assert.Equal(Rights(app => app.Publishes), ByApp(settings["publishingScopes"]));
        Assert.Equal(Rights(app => app.Hears), ByApp(settings["subscriptionScopes"]));

        static IEnumerable<string> Rights(Func<App, IEnumerable<Topic>> topics) =>
            Apps.All.Where(app => topics(app).Any()).Select(app => $"{app.Id}: {string.Join(' ', topics(app).Select(topic => topic.Name).Order())}").Order();

        // Each app stands there once, so that nobody has to add up.
        static IEnumerable<string> ByApp(string scopes) =>
            scopes.Replace(" ", "", StringComparison.Ordinal).Split(';').Select(entry => entry.Split('=')).Select(entry => $"{entry[0]}: {string.Join(' ', entry[1].Split(',').Order())}").Order();
    }

    /// <summary>As daprd splits it: spaces do not count, line breaks would.</summary>
    static string[] List(string setting)
    {
        Assert.DoesNotContain('\n', setting);
        return setting.Replace(" ", "", StringComparison.Ordinal).Split(',');
    }
}

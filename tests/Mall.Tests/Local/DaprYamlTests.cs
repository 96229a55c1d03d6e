using System.Globalization;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace MallBots.Mall.Tests.Local;

/// <summary>What `dapr run -f .` starts is what the code is made for.</summary>
public class DaprYamlTests
{
    static readonly YamlMappingNode DaprYaml = Repository.Yaml("dapr.yaml").Single();

    static IEnumerable<YamlNode> DaprApps => (YamlSequenceNode)DaprYaml.At("apps");

    [Fact]
    public void Dapr_yaml_has_every_app_on_its_port() =>
        Assert.Equal(
            Apps.Ports.OrderBy(app => app.Key),
            DaprApps.Select(app => KeyValuePair.Create(app.Text("appID"), int.Parse(app.Text("appPort"), CultureInfo.InvariantCulture))).OrderBy(app => app.Key));

    [Fact]
    public void Dapr_yaml_starts_the_service_of_the_app_id()
    {
        foreach (var app in DaprApps)
        {
            var service = Apps.Of(app.Text("appID")).Name;
            Assert.True(File.Exists(Repository.PathOf($"services/{service}/{service}.csproj")), service);
            Assert.Equal(["dotnet", $"services/{service}/bin/Debug/net10.0/MallBots.{service}.dll"], app.At("command").Texts());
        }
    }

    [Fact]
    public void Dapr_yaml_pauses_the_subscriptions_of_an_app_that_is_away()
    {
        var common = DaprYaml.At("common");
        Assert.Equal("true", common.Text("enableAppHealthCheck"));
        Assert.Equal("/healthz", common.Text("appHealthCheckPath"));
        Assert.Equal("1", common.Text("appHealthProbeInterval"));
        Assert.Equal("1", common.Text("appHealthThreshold"));
        Assert.Equal("http", common.Text("appProtocol"));
    }

    [Fact]
    public void Dapr_yaml_names_folders_and_files_that_are_there()
    {
        var common = DaprYaml.At("common");
        Assert.All(common.At("resourcesPaths").Texts(), folder => Assert.True(Directory.Exists(Repository.PathOf(folder)), folder));
        Assert.Equal("Configuration", Repository.Yaml(common.Text("configFilePath")).Single().Text("kind"));
    }

    [Theory]
    [InlineData("kafka")]
    [InlineData("postgres")]
    public void The_file_for_another_engine_differs_in_the_folder_of_the_engine_only(string engine)
    {
        static IEnumerable<string> Lines(string file) => File.ReadLines(Repository.PathOf(file)).Where(line => !line.TrimStart().StartsWith('#'));
        Assert.True(Directory.Exists(Repository.PathOf($"components/{engine}")));
        Assert.Equal(Lines("dapr.yaml").Select(line => line.Replace("components/redis", $"components/{engine}", StringComparison.Ordinal)), Lines($"dapr-{engine}.yaml"));
    }

    [Fact]
    public void There_is_a_file_for_every_engine_that_Dapr_has() =>
        Assert.Equal(
            ComponentFiles.Folders.Select(Path.GetFileName).Except(["common", "embedded", "redis"]).Order(),
            Directory.EnumerateFiles(Repository.Root, "dapr-*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)["dapr-".Length..]).Order());
}

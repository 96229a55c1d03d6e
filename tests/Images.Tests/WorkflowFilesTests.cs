using System.Text.RegularExpressions;
using MallBots.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace MallBots.Images.Tests;

/// <summary>The files of .github: they can be read, are bounded in rights and time, and what they call is there.</summary>
public sealed partial class WorkflowFilesTests(PublishedImages images)
{
    /// <summary>What a job takes from the repository, by its path: the chart is looked for by the chart's own tests.</summary>
    [GeneratedRegex(@"(?<![\w./$-])(?:\.ci|build|tests|services|docs|local)/[\w./-]*\w|(?<![\w./])(?:global\.json|MallBots\.sln|Directory\.\w+\.props)")]
    private static partial Regex Paths { get; }

    [GeneratedRegex(@"^[\w.-]+(/[\w.-]+)+@(v\d+(\.\d+)*|[0-9a-f]{40})$")]
    private static partial Regex Pinned { get; }

    [GeneratedRegex(@"FullyQualifiedName~(\w+)")]
    private static partial Regex FilteredClass { get; }

    [Theory]
    [InlineData("ci.yml")]
    [InlineData("codeql.yml")]
    public void A_workflow_has_bounds_pins_its_actions_and_calls_what_is_there(string name)
    {
        var file = $".github/workflows/{name}";
        var workflow = Repository.Yaml(file).Single();
        Assert.Equal("read", workflow.Text("permissions", "contents"));
        Assert.Single(workflow.At("permissions").Keys());
        Assert.NotEmpty(workflow.At("concurrency").Keys());
        foreach (var (id, job) in ((YamlMappingNode)workflow.At("jobs")).Children)
        {
            Assert.True(((YamlMappingNode)job).Children.ContainsKey("timeout-minutes"), $"{id} has no timeout-minutes.");
            foreach (var step in ((YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>().Where(step => step.Children.ContainsKey("uses")))
                Assert.Matches(Pinned, step.Text("uses"));
        }

        var text = File.ReadAllText(Repository.PathOf(file));
        Assert.All(Paths.Matches(text).Select(match => match.Value).Distinct(), path =>
            Assert.True(Path.Exists(Repository.PathOf(path)), $"{name} names {path}, which is not there."));
        Assert.All(FilteredClass.Matches(text).Select(match => match.Groups[1].Value).Distinct(), type =>
            Assert.Single(Directory.GetFiles(Repository.PathOf("tests"), $"{type}.cs", SearchOption.AllDirectories)));
    }

    [Fact]
    public void A_tag_publishes_every_image_after_all_tests()
    {
        var jobs = Repository.Yaml(".github/workflows/ci.yml").Single().At("jobs");
        var publishing = jobs.At("images");
        var published = publishing.At("strategy", "matrix", "image").Texts().Select(image => $"mallbots/{image}");
        Assert.Equal(images.All.Select(image => image.Repository).Order(StringComparer.Ordinal), published.Order(StringComparer.Ordinal));
        Assert.Equal(["chart", "conformance", "tests"], ((YamlSequenceNode)publishing["needs"]).Select(job => job.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Dependabot_looks_after_packages_and_actions()
    {
        var updates = (YamlSequenceNode)Repository.Yaml(".github/dependabot.yml").Single().At("updates");
        Assert.Equal(["github-actions", "nuget"], updates.Select(update => update["package-ecosystem"].ToString()).Order(StringComparer.Ordinal));
    }
}

using System.Diagnostics;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Images.Tests;

/// <summary><c>build/images.sh</c>, as far as it goes without a base image.</summary>
public sealed class ImageScriptTests(PublishedImages images)
{
    [Fact]
    public async Task A_dry_run_prints_one_command_for_every_image_with_the_version_as_its_tag()
    {
        var (code, lines) = await Run("--archive", "/somewhere", "--dry-run");
        Assert.Equal(0, code);
        Assert.Equal(images.All.Count, lines.Count);
        Assert.All(images.All, image => Assert.Single(lines, line =>
            line.Contains($"{image.Project}.csproj ", StringComparison.Ordinal) && line.Contains($"=/somewhere/{image.Repository.Split('/')[1]}.tar.gz", StringComparison.Ordinal)
            && line.Contains($"-p:ContainerImageTags=\\\"{image.Version}\\\"", StringComparison.Ordinal) && line.Contains("-t:PublishContainer", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Registry_tags_and_platforms_are_handed_on_and_only_the_named_images_are_built()
    {
        var (code, lines) = await Run("--registry", "registry.example", "--tag", "1.2.3", "--tag", "latest", "--platforms", "linux-arm64", "--dry-run", "order-workflow");
        Assert.Equal(0, code);
        var command = Assert.Single(lines);
        foreach (var part in new[] { "services/OrderWorkflow/OrderWorkflow.csproj", "-p:ContainerRegistry=registry.example", "1.2.3\\;latest", "-p:RuntimeIdentifiers=\\\"linux-arm64\\\"" })
            Assert.Contains(part, command, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Say where the images go: --archive, --registry or --docker.", "stores")]
    [InlineData("There is no image nothing; there are: baskets customers ", "--docker", "nothing")]
    [InlineData("Unknown option: --push", "--push")]
    [InlineData("--tag needs a value.", "--docker", "--tag")]
    public async Task What_it_does_not_understand_it_refuses_with_2(string reason, params string[] arguments)
    {
        var (code, lines) = await Run(arguments);
        Assert.Equal(2, code);
        Assert.Contains(lines, line => line.StartsWith(reason, StringComparison.Ordinal));
    }

    static async Task<(int Code, IReadOnlyList<string> Lines)> Run(params string[] arguments)
    {
        await using var script = ChildProcess.Start(new ProcessStartInfo(Repository.PathOf("build/images.sh"), arguments));
        await script.Process.WaitForExitAsync().Within();
        return (script.Process.ExitCode, script.Printed);
    }
}

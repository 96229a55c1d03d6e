using System.Diagnostics;
using System.Text.RegularExpressions;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>The commands of the README work as printed.</summary>
public partial class ReadmeTests
{
    static readonly string Readme = File.ReadAllText(Repository.PathOf("README.md"));

    [Fact]
    public async Task The_tour_leads_to_a_completed_order()
    {
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions(), TestContext.Current.CancellationToken);
        var tour = Readme[Readme.IndexOf("## Five minutes on foot", StringComparison.Ordinal)..Readme.IndexOf("## Swagger", StringComparison.Ordinal)];
        var commands = string.Join('\n', ShellBlock().Matches(tour).Select(block => block.Groups[1].Value));
        var gateway = mall[Apps.Gateway].ToString().TrimEnd('/');

        var start = new ProcessStartInfo("bash", ["-eu", "-c", commands.Replace("http://localhost:5100", gateway, StringComparison.Ordinal)])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var bash = Process.Start(start)!;
        bash.StandardInput.Close();
        string answers;
        try
        {
            answers = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).Within(TimeSpan.FromMinutes(1), "the tour ends");
            await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!bash.HasExited) bash.Kill(entireProcessTree: true);
        }

        Assert.True(bash.ExitCode == 0, answers);
        Assert.Contains("\"status\":\"completed\"", answers, StringComparison.Ordinal);
        Assert.Contains("urn:mallbots:problem:", answers, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_and_folders_that_the_documents_name_are_there()
    {
        foreach (var document in Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md").Append(Repository.PathOf("README.md")))
        {
            var folder = Path.GetDirectoryName(document)!;
            var links = Link().Matches(File.ReadAllText(document)).Select(link => link.Groups[1].Value).Where(link => !link.Contains("://", StringComparison.Ordinal));
            Assert.All(links, link =>
            {
                var path = Path.Combine(folder, link);
                Assert.True(File.Exists(path) || Directory.Exists(path), $"{Path.GetFileName(document)} links to {link}");
            });
        }

        var named = NamedPath().Matches(Readme).Select(path => path.Groups[1].Value);
        Assert.All(named, path => Assert.True(Path.Exists(Repository.PathOf(path)), path));
    }

    [GeneratedRegex("```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"\]\(([^)#]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex("`((?:services|components|sidecar|local|tests|docs|bench)/[A-Za-z0-9./]*)`")]
    private static partial Regex NamedPath();
}

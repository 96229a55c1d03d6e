using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace MallBots.TestKit;

/// <summary>What every problem document is held against: specification 2, and the codes of docs/problems.md.</summary>
public static partial class ProblemDocuments
{
    const string Prefix = "urn:mallbots:problem:";

    /// <summary>What the page knows, each as code and status: <c>busy 503</c>.</summary>
    public static IReadOnlySet<string> Documented { get; } = Read();

    /// <summary>Fails for an answer that is no well-formed problem document, or whose code and status stand on no page.</summary>
    public static void Check(int status, string? contentType, string body)
    {
        Assert.True(contentType?.StartsWith("application/problem+json", StringComparison.Ordinal) == true, $"{status} with a body of type {contentType}: {body}");
        using var document = JsonDocument.Parse(body);
        var problem = document.RootElement;
        var type = Text(problem, "type");
        Assert.True(type.StartsWith(Prefix, StringComparison.Ordinal), $"The type is not one of ours: {body}");
        Assert.True(Documented.Contains($"{type[Prefix.Length..]} {status}"), $"docs/problems.md has no {type[Prefix.Length..]} with {status}: {body}");
        Assert.True(problem.GetProperty("status").GetInt32() == status, $"The answer is {status}: {body}");
        foreach (var member in (string[])["title", "detail", "traceId"]) Assert.True(Text(problem, member).Length > 0, $"There is no {member}: {body}");
    }

    static string Text(JsonElement problem, string member) =>
        problem.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    static HashSet<string> Read()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "problems.md"));
        var codes = Row().Matches(page).Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}").ToHashSet();
        codes.UnionWith(Resources().Match(page).Groups[1].Value.Split(", ").Select(resource => $"{resource}-unknown 404"));
        return codes;
    }

    static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MallBots.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("MallBots.sln is in no folder above the tests.");
        return folder.FullName;
    }

    [GeneratedRegex(@"^\| `([a-z-]+)` \| (\d{3}) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"^\| `<resource>-unknown` \| 404 \| there is no such ([a-z, -]+) \|", RegexOptions.Multiline)]
    private static partial Regex Resources();
}

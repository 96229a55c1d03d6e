using System.Text.Json;
using System.Text.RegularExpressions;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>docs/problems.md has the codes that the OpenAPI documents have, with the same status.</summary>
public partial class ProblemsPageTests
{
    // No call of the API has these of its own; the codes that tests see are held against them (TestKit.ProblemDocuments).
    static readonly string[] OfNoCall = ["Any path", "Between services"];

    [Fact]
    public async Task The_page_of_problems_and_the_OpenAPI_documents_name_the_same_codes()
    {
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions(), TestContext.Current.CancellationToken);
        var documented = new SortedSet<string>();
        foreach (var appId in Apps.Ports.Keys)
        {
            using var http = WatchedHttp.Client(mall[appId]);
            using var document = JsonDocument.Parse(await http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken));
            documented.UnionWith(Codes(document.RootElement));
        }

        var sections = File.ReadAllText(Repository.PathOf("docs/problems.md")).Split("\n## ");
        var onThePage = sections.Where(section => !OfNoCall.Any(title => section.StartsWith(title, StringComparison.Ordinal))).SelectMany(section => PageRow().Matches(section))
            .Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}").ToHashSet();

        Assert.Empty(documented.Where(code => !code.EndsWith("-unknown 404", StringComparison.Ordinal)).Except(onThePage));
        Assert.Empty(onThePage.Except(documented));
    }

    /// <summary>Descriptions of answers list their codes: "`sku-taken` …; `product-removed` …".</summary>
    static IEnumerable<string> Codes(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from call in path.Value.EnumerateObject()
        where call.Value.ValueKind == JsonValueKind.Object && call.Value.TryGetProperty("responses", out _)
        from answer in call.Value.GetProperty("responses").EnumerateObject()
        from Match code in Code().Matches(answer.Value.GetProperty("description").GetString()!)
        select $"{code.Groups[1].Value} {answer.Name}";

    [GeneratedRegex(@"^\| `([a-z-]+)` \| (\d{3}) \|", RegexOptions.Multiline)]
    private static partial Regex PageRow();

    [GeneratedRegex("`([a-z]+(?:-[a-z]+)*)`")]
    private static partial Regex Code();
}

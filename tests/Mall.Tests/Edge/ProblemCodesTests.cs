using System.Text.RegularExpressions;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Edge;

/// <summary>Every code that a test ever sees is held against docs/problems.md: by the clients that the tests have.</summary>
public partial class ProblemCodesTests
{
    [Fact]
    public void Every_test_makes_its_clients_where_what_they_see_is_watched()
    {
        var others = from project in (string[])["Mall.Tests", "ServiceKit.Tests", "Domain.Tests"]
                     from file in Directory.EnumerateFiles(Repository.PathOf($"tests/{project}"), "*.cs", SearchOption.AllDirectories)
                     where Path.GetFileName(file) != $"{nameof(ProblemCodesTests)}.cs" && OwnClient().IsMatch(File.ReadAllText(file))
                     select file;
        Assert.Empty(others);
    }

    [Theory]
    [InlineData("""{"type":"urn:mallbots:problem:no-such-code","title":"t","status":409,"detail":"d","traceId":"x"}""")]
    [InlineData("""{"type":"urn:mallbots:problem:busy","title":"t","status":409,"detail":"d","traceId":"x"}""")]
    [InlineData("""{"type":"urn:mallbots:problem:sku-taken","title":"t","status":400,"detail":"d","traceId":"x"}""")]
    [InlineData("""{"type":"urn:mallbots:problem:sku-taken","title":"t","status":409,"detail":"d"}""")]
    [InlineData("""{"type":"urn:mallbots:problem:sku-taken","status":409,"detail":"d","traceId":"x"}""")]
    [InlineData("""{"type":"about:blank","title":"t","status":409,"detail":"d","traceId":"x"}""")]
    public void What_is_no_documented_problem_is_seen(string body) =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => ProblemDocuments.Check(409, "application/problem+json", body));

    [Fact]
    public void The_page_has_what_is_seen_on_the_way_to_every_call() =>
        Assert.Superset(
            new HashSet<string> { "not-found 404", "method-not-allowed 405", "unauthorized 401", "internal 500", "app-unknown 404", "replica-unknown 404", "store-unknown 404", "cursor-expired 410" },
            ProblemDocuments.Documented.ToHashSet());

    [GeneratedRegex(@"new HttpClient\b|HttpClient \w+(\([^)]*\))? (=>|=|\{ get; \} =) new\b")]
    private static partial Regex OwnClient();
}

using System.Globalization;
using System.Text.RegularExpressions;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>The table of scenarios in docs/guarantees.md has every scenario of the specification, and each with tests that there are.</summary>
public sealed partial class ScenariosPageTests
{
    static readonly IReadOnlyList<Row> Table = ReadTable();

    [Fact]
    public void Every_scenario_of_the_specification_has_a_test()
    {
        var specification = File.ReadAllText(Repository.PathOf("docs/specification.md"));
        var section = specification[(specification.IndexOf("## 7. Acceptance scenarios", StringComparison.Ordinal) + 2)..];
        var scenarios = Scenario().Matches(section).Select(scenario => Number(scenario.Groups[1].Value)).ToList();
        Assert.Equal(Enumerable.Range(1, scenarios.Count), scenarios);
        Assert.Equal(scenarios, Table.SelectMany(row => row.Scenarios).Distinct().Order());
        Assert.All(Table, row => Assert.NotEmpty(row.Tests));
    }

    [Fact]
    public void Every_test_that_the_table_names_is_there_and_where_the_table_says()
    {
        Assert.All(Table.SelectMany(row => row.Tests.Select(test => (row.AnyMall, test.Class, test.Method))), named =>
        {
            // Classes of different projects may have the same name; a test's is its own.
            var file = Assert.Single(
                Directory.EnumerateFiles(Repository.PathOf("tests"), $"{named.Class}.cs", SearchOption.AllDirectories),
                file => File.ReadAllText(file).Contains($"public async Task {named.Method}(", StringComparison.Ordinal));
            Assert.Equal(named.AnyMall, file.StartsWith(Repository.PathOf("tests/EndToEnd"), StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Every_test_that_any_mall_passes_is_in_the_table()
    {
        var methods = from file in Directory.EnumerateFiles(Repository.PathOf("tests/EndToEnd/Scenarios"), "*.cs")
                      from Match method in Method().Matches(File.ReadAllText(file))
                      select (Path.GetFileNameWithoutExtension(file), method.Groups[1].Value);
        Assert.Equal(methods.Order(), Table.Where(row => row.AnyMall).SelectMany(row => row.Tests).Distinct().Order());
    }

    static List<Row> ReadTable()
    {
        var page = File.ReadAllText(Repository.PathOf("docs/guarantees.md"));
        return [.. TableRow().Matches(page).Select(row => new Row(
            [.. row.Groups[1].Value.Split(", ").Select(Number)],
            [.. Test().Matches(row.Groups[2].Value).Select(test => (test.Groups[1].Value, test.Groups[2].Value))],
            row.Groups[3].Value == "yes"))];
    }

    static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A scenario stands behind the heading or behind a dot in the middle of the line.</summary>
    [GeneratedRegex(@"(?:\n\n|·\s)(\d+) ")]
    private static partial Regex Scenario();

    [GeneratedRegex(@"^\| (\d+(?:, \d+)*) \| (.*?) \| ?(yes)? ?\|$", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex Test();

    [GeneratedRegex(@"\[(?:Fact|Theory)\][^;{]*?public async Task (\w+)\(")]
    private static partial Regex Method();

    sealed record Row(IReadOnlyList<int> Scenarios, IReadOnlyList<(string Class, string Method)> Tests, bool AnyMall);
}

using System.Globalization;
using System.Text.RegularExpressions;
using MallBots.Contracts;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>The tables of docs/specification.md are that of the code.</summary>
public partial class SpecificationPageTests
{
    static readonly string Page = File.ReadAllText(Repository.PathOf("docs/specification.md")).ReplaceLineEndings("\n");

    [Fact]
    public void Section_1_names_every_service_with_its_port() =>
        Assert.Equal(
            Apps.All.Select(app => (app.Id, app.Port)).Order(),
            from Match row in ServiceRow().Matches(Section("1. ")) select (row.Groups[1].Value, int.Parse(row.Groups[2].Value, CultureInfo.InvariantCulture)) into service orderby service select service);

    [Fact]
    public void Section_5_names_every_topic_with_those_who_hear_it() =>
        Assert.Equal(
            Topics.All.Select(topic => $"{topic.Name}: {Joined(Apps.All.Where(app => app.Hears.Contains(topic)).Select(app => app.Id))}").Order(),
            (from Match row in TopicRow().Matches(Section("5. ")) select $"{row.Groups[1].Value}: {Joined(Consumers(row.Groups[2].Value))}").Order());

    /// <summary>Names, without what is said of them in parentheses; a dash is nobody.</summary>
    static IEnumerable<string> Consumers(string cell) => InParentheses().Replace(cell, "").Split(',').Select(name => name.Trim()).Where(name => name is not ("–" or ""));

    static string Joined(IEnumerable<string> names) => string.Join(' ', names.Order());

    static string Section(string number) => Page.Split("\n## ").Single(section => section.StartsWith(number, StringComparison.Ordinal));

    [GeneratedRegex(@"^\| `([a-z-]+)` \| (\d+) \|", RegexOptions.Multiline)]
    private static partial Regex ServiceRow();

    [GeneratedRegex(@"^\| (mallbots\.[a-z.-]+) \|[^|]*\|([^|]*)\|$", RegexOptions.Multiline)]
    private static partial Regex TopicRow();

    [GeneratedRegex(@"\([^)]*\)")]
    private static partial Regex InParentheses();
}

using System.Globalization;
using System.Text.Json.Nodes;
using MallBots.TestKit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MallBots.Chart.Tests;

/// <summary>A key of values.yaml.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Node">Its default.</param>
/// <param name="Line">Where it stands.</param>
/// <param name="Comment">Its <c># --</c> comment, as helm-docs reads it.</param>
/// <param name="DefaultText">What its <c># @default --</c> says.</param>
/// <param name="IsLeaf">No other documented key is below: it is a scalar, a list, an empty map, or a free one.</param>
sealed record ChartValue(IReadOnlyList<string> Path, YamlNode Node, long Line, string? Comment, string? DefaultText, bool IsLeaf)
{
    /// <summary>The path as it is written in the README.</summary>
    public string Key => string.Join('.', Path.Select(key => key.Contains('.', StringComparison.Ordinal) ? $"\"{key}\"" : key));
}

/// <summary>values.yaml of a chart, with its comments.</summary>
sealed class ChartValues
{
    readonly string[] lines;
    readonly List<ChartValue> all = [];

    ChartValues(string text, IReadOnlyCollection<string> freeMaps)
    {
        lines = text.Split('\n');
        FreeMaps = freeMaps;
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        Root = stream.Documents.Count == 0 ? [] : (YamlMappingNode)stream.Documents[0].RootNode;
        Collect(Root, []);
    }

    public YamlMappingNode Root { get; }

    /// <summary>Every key, maps too, in the order of the file.</summary>
    public IReadOnlyList<ChartValue> All => all;

    /// <summary>The paths (<c>a.b</c>) of maps in which a user may write any key.</summary>
    public IReadOnlyCollection<string> FreeMaps { get; }

    public bool IsFree(IEnumerable<string> path) => FreeMaps.Contains(string.Join('.', path));

    public static ChartValues Read(string chart, params IReadOnlyCollection<string> freeMaps) =>
        new(File.ReadAllText(Path.Combine(Repository.PathOf(chart), "values.yaml")), freeMaps);

    /// <summary>A node as JSON, with the types that Helm gives to plain scalars.</summary>
    public static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children
            .Select(child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, Json(child.Value)))
            .OrderBy(child => child.Key, StringComparer.Ordinal)),
        YamlSequenceNode list => new JsonArray([.. list.Select(Json)]),
        YamlScalarNode { Style: not ScalarStyle.Plain } text => text.Value,
        YamlScalarNode { Value: null or "" or "~" or "null" } => null,
        YamlScalarNode { Value: "true" or "false" } logical => logical.Value == "true",
        YamlScalarNode number when long.TryParse(number.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        YamlScalarNode number when double.TryParse(number.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) => real,
        YamlScalarNode text => text.Value,
        _ => throw new ArgumentException($"{node.NodeType} is not known.", nameof(node)),
    };

    void Collect(YamlMappingNode map, IReadOnlyList<string> above)
    {
        foreach (var (key, node) in map.Children)
        {
            IReadOnlyList<string> path = [.. above, ((YamlScalarNode)key).Value!];
            var isLeaf = node is not YamlMappingNode { Children.Count: > 0 } || IsFree(path);
            var (comment, standard) = CommentAbove(key.Start.Line);
            all.Add(new(path, node, key.Start.Line, comment, standard, isLeaf));
            if (!isLeaf) Collect((YamlMappingNode)node, path);
        }
    }

    // The block of comments right above the key, from its last `# --` on.
    (string? Comment, string? Standard) CommentAbove(long line)
    {
        var block = new List<string>();
        for (var i = (int)line - 2; i >= 0 && lines[i].TrimStart().StartsWith('#'); i--) block.Insert(0, lines[i].Trim());
        var start = block.FindLastIndex(text => text.StartsWith("# -- ", StringComparison.Ordinal));
        if (start < 0) return (null, null);
        const string marker = "# @default -- ";
        var texts = block.Skip(start).ToList();
        var standard = texts.Find(text => text.StartsWith(marker, StringComparison.Ordinal));
        var comment = texts.Where(text => !text.StartsWith("# @", StringComparison.Ordinal)).Select((text, i) => i == 0 ? text["# -- ".Length..] : text.TrimStart('#').Trim());
        return (string.Join(' ', comment).Trim(), standard?[marker.Length..]);
    }
}

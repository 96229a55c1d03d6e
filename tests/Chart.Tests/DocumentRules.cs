using System.Text.RegularExpressions;
using MallBots.TestKit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MallBots.Chart.Tests;

/// <summary>
/// What an API server would refuse in any rendered document, and what Helm's own YAML reader understands otherwise than it looks. The types of each kind's own fields
/// are for its schema to tell.
/// </summary>
static partial class DocumentRules
{
    static readonly HashSet<string> MapsOfTexts =
        new(["labels", "annotations", "matchLabels", "nodeSelector", "data", "stringData"], StringComparer.Ordinal);

    /// <summary>One line for each thing that is wrong.</summary>
    public static IEnumerable<string> Findings(RenderedChart chart) =>
    [
        .. from document in chart.Documents from wrong in Findings(document) select $"{chart.Setting}: {wrong}",
        .. from document in chart.Documents
           group document by (document.ApiVersion, document.Kind, document.Name, Namespace: (document.Find("metadata", "namespace") as YamlScalarNode)?.Value) into same
           where same.Count() > 1
           select $"{chart.Setting}: {same.First()} is there {same.Count()} times ({string.Join(", ", same.Select(each => each.File).Distinct())}).",
    ];

    /// <summary>One line for each thing that is wrong in a document.</summary>
    public static IEnumerable<string> Findings(Document document)
    {
        if (document.Name.Length > 63 || !Name().IsMatch(document.Name)) yield return $"{document.File}: {document}: the name is not one of at most 63 lower-case letters, digits, '-' and '.'.";
        foreach (var wrong in Findings(document.Root, [])) yield return $"{document.File}: {document}: {wrong}";
    }

    /// <summary>Whether Helm and Kubernetes read a boolean, as YAML 1.1 does, where YAML 1.2 has a text.</summary>
    public static bool IsReadAsBoolean(YamlScalarNode node) => node.Style == ScalarStyle.Plain && Yaml11Booleans().IsMatch(node.Value ?? "");

    static IEnumerable<string> Findings(YamlNode node, IReadOnlyList<string> path)
    {
        switch (node)
        {
            case YamlMappingNode map:
                foreach (var (key, value) in map.Children)
                {
                    IReadOnlyList<string> below = [.. path, ((YamlScalarNode)key).Value ?? ""];
                    if (MapsOfTexts.Contains(below[^1]) && value is YamlMappingNode texts && path is not [.., "properties"])
                    {
                        foreach (var (name, text) in texts.Children)
                            if (!IsText(text)) yield return $"{string.Join('.', below)}.{name} is not a text: {text}";
                        foreach (var wrong in LabelsThatAreNone(below, texts)) yield return wrong;
                    }
                    foreach (var wrong in Findings(value, below)) yield return wrong;
                }
                // Variables and other pairs of a name and a value.
                if (path is [.., "env", _] && map.Find("value") is { } given && !IsText(given)) yield return $"{string.Join('.', path)}.value is not a text: {given}";
                break;
            case YamlSequenceNode list:
                foreach (var (i, item) in list.Index())
                    foreach (var wrong in Findings(item, [.. path, $"{i}"])) yield return wrong;
                break;
            case YamlScalarNode word when IsReadAsBoolean(word):
                yield return $"{string.Join('.', path)}: Helm reads {word.Value} as a boolean: put it in quotes.";
                break;
            case YamlScalarNode { Style: ScalarStyle.Plain, Value: { } number } when Exponent().IsMatch(number):
                yield return $"{string.Join('.', path)}: {number} is a large number as Go prints it: convert it by int64.";
                break;
            default:
                break;
        }
    }

    static IEnumerable<string> LabelsThatAreNone(IReadOnlyList<string> path, YamlMappingNode labels) =>
        from label in labels.Children
        where path[^1] is "labels" or "matchLabels"
        let value = (label.Value as YamlScalarNode)?.Value ?? ""
        where value.Length > 63 || !LabelValue().IsMatch(value)
        select $"{string.Join('.', path)}.{label.Key}: '{value}' is not a label's value (at most 63 letters, digits, '-', '_' and '.').";

    static bool IsText(YamlNode node) => node is YamlScalarNode text && (text.Style != ScalarStyle.Plain || ChartValues.Json(text)?.GetValueKind() == System.Text.Json.JsonValueKind.String);

    [GeneratedRegex("^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$")]
    private static partial Regex Yaml11Booleans();

    [GeneratedRegex(@"^[0-9](\.[0-9]+)?e\+[0-9]+$")]
    private static partial Regex Exponent();

    [GeneratedRegex("^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$")]
    private static partial Regex Name();

    [GeneratedRegex("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$")]
    private static partial Regex LabelValue();
}

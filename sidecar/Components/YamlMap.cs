using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace MallBots.Sidecar.Components;

/// <summary>
/// A mapping of a resource file, read strictly: mistakes become a <see cref="ResourceException"/> with file and line, and what nobody asked for
/// is known at the end, for a warning.
/// </summary>
internal sealed class YamlMap(string file, string path, YamlMappingNode node)
{
    readonly HashSet<string> asked = new(StringComparer.Ordinal);
    // By reference: nodes with equal content are equal, but each has a place of its own.
    readonly Dictionary<YamlNode, YamlMap> children = new(ReferenceEqualityComparer.Instance);

    /// <summary>Where the mapping stands.</summary>
    public SourceLine Source => LineOf(node);

    /// <summary>The names of the mapping, for maps whose names are free.</summary>
    public IEnumerable<string> Names => node.Children.Keys.Select(TextOf);

    /// <summary>A text that must be there.</summary>
    public string Text(string name) => OptionalText(name) ?? throw Missing(name);

    /// <summary>A text, or null when it is absent.</summary>
    public string? OptionalText(string name) => Find(name) switch
    {
        null => null,
        YamlScalarNode scalar => scalar.Value ?? "",
        var other => throw Wrong(other, name, "a plain value"),
    };

    /// <summary>A whole number, or null when it is absent.</summary>
    public int? OptionalNumber(string name)
    {
        if (OptionalText(name) is not { } text) return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(Find(name)!, name, "a whole number");
    }

    /// <summary>A duration such as `5s`, or null when it is absent.</summary>
    public TimeSpan? OptionalDuration(string name)
    {
        if (OptionalText(name) is not { } text) return null;
        return GoDuration.TryParse(text, out var duration) ? duration : throw Wrong(Find(name)!, name, "a duration such as 500ms, 5s or 1m30s");
    }

    /// <summary>A mapping that must be there.</summary>
    public YamlMap Map(string name) => OptionalMap(name) ?? throw Missing(name);

    /// <summary>A mapping, or null when it is absent or empty.</summary>
    public YamlMap? OptionalMap(string name) => Find(name) switch
    {
        null or YamlScalarNode { Value: null or "" } => null,
        YamlMappingNode mapping => Child(name, mapping),
        var other => throw Wrong(other, name, "a mapping"),
    };

    /// <summary>The mappings of a list; none when it is absent.</summary>
    public IEnumerable<YamlMap> Maps(string name)
    {
        foreach (var item in Items(name))
            yield return item is YamlMappingNode mapping ? Child(name, mapping) : throw Wrong(item, name, "a list of mappings");
    }

    /// <summary>The texts of a list; none when it is absent.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        [.. Items(name).Select(item => item is YamlScalarNode { Value: { } text } ? text : throw Wrong(item, name, "a list of texts"))];

    /// <summary>Where a name of this mapping stands.</summary>
    public SourceLine SourceOf(string name) => Find(name) is { } found ? LineOf(found) : Source;

    /// <summary>What nobody asked for, here and below: fields that the sidecar does not act on.</summary>
    public IEnumerable<(SourceLine Source, string Path)> NotActedOn() =>
        node.Children
            .Where(entry => !asked.Contains(TextOf(entry.Key)))
            .Select(entry => (LineOf(entry.Key), PathOf(TextOf(entry.Key))))
            .Concat(children.Values.SelectMany(child => child.NotActedOn()));

    /// <summary>Marks a field as one that is known and needs no warning.</summary>
    public void Accept(string name) => asked.Add(name);

    string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    YamlNode? Find(string name)
    {
        asked.Add(name);
        return node.Children.TryGetValue(new YamlScalarNode(name), out var found) ? found : null;
    }

    IEnumerable<YamlNode> Items(string name) => Find(name) switch
    {
        null or YamlScalarNode { Value: null or "" } => [],
        YamlSequenceNode list => list.Children,
        var other => throw Wrong(other, name, "a list"),
    };

    YamlMap Child(string name, YamlMappingNode mapping)
    {
        if (!children.TryGetValue(mapping, out var child)) children[mapping] = child = new YamlMap(file, PathOf(name), mapping);
        return child;
    }

    ResourceException Missing(string name) => new(Source, $"'{PathOf(name)}' is missing");

    ResourceException Wrong(YamlNode found, string name, string expected) => new(LineOf(found), $"'{PathOf(name)}' must be {expected}");

    string TextOf(YamlNode key) => key is YamlScalarNode { Value: { } text } ? text : throw new ResourceException(LineOf(key), "a name must be a plain text");

    SourceLine LineOf(YamlNode found) => new(file, (int)found.Start.Line);
}

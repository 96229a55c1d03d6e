using YamlDotNet.RepresentationModel;

namespace MallBots.TestKit;

/// <summary>The files of the repository that tests hold against the code.</summary>
public static class Repository
{
    public static readonly string Root = FindRoot();

    public static string PathOf(string file) => Path.Combine(Root, file);

    /// <summary>All YAML documents of a file.</summary>
    public static IEnumerable<YamlMappingNode> Yaml(string file)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(PathOf(file));
        stream.Load(reader);
        return stream.Documents.Select(document => (YamlMappingNode)document.RootNode);
    }

    /// <summary>All YAML documents directly in a folder, as daprd reads it (fact R2).</summary>
    public static IEnumerable<YamlMappingNode> YamlIn(string folder) =>
        Directory.EnumerateFiles(PathOf(folder), "*.yaml").SelectMany(file => Yaml(Path.GetRelativePath(Root, file)));

    /// <summary>The value at a path of keys, as text.</summary>
    public static string Text(this YamlNode node, params string[] path) => ((YamlScalarNode)node.At(path)).Value ?? "";

    /// <summary>What is at a path of keys; in a list a key is a position.</summary>
    public static YamlNode At(this YamlNode node, params string[] path) => path.Aggregate(node, (at, key) =>
        at.Find(key) ?? throw new KeyNotFoundException($"There is no {string.Join('.', path)}: {key} is missing."));

    /// <summary>What is at a path of keys, or null; in a list a key is a position.</summary>
    public static YamlNode? Find(this YamlNode node, params string[] path) => path.Aggregate<string, YamlNode?>(node, (at, key) => at switch
    {
        YamlMappingNode map => map.Children.TryGetValue(key, out var value) ? value : null,
        YamlSequenceNode list when int.TryParse(key, out var position) => list.ElementAtOrDefault(position),
        _ => null,
    });

    public static IEnumerable<string> Keys(this YamlNode node) => ((YamlMappingNode)node).Children.Keys.Select(key => ((YamlScalarNode)key).Value!);

    public static IEnumerable<string> Texts(this YamlNode node) => ((YamlSequenceNode)node).Select(item => ((YamlScalarNode)item).Value!);

    static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MallBots.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("MallBots.sln is in no folder above the tests.");
        return folder.FullName;
    }
}

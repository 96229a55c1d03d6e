using System.Globalization;
using MallBots.TestKit;
using YamlDotNet.RepresentationModel;

namespace MallBots.Mall.Tests.Local;

/// <summary>The files in <c>components/</c>, as tests look at them.</summary>
static class ComponentFiles
{
    public const string Common = "components/common";

    /// <summary>Every folder of components there is.</summary>
    public static IEnumerable<string> Folders =>
        Directory.EnumerateDirectories(Repository.PathOf("components")).Select(folder => $"components/{Path.GetFileName(folder)}");

    public static IEnumerable<YamlMappingNode> Components(string folder) => OfKind(folder, "Component");

    public static YamlMappingNode Component(string folder, string name) => Components(folder).Single(component => component.Name() == name);

    public static IEnumerable<YamlMappingNode> Resiliencies(string folder) => OfKind(folder, "Resiliency");

    public static IEnumerable<YamlMappingNode> OfKind(string folder, string kind) => Repository.YamlIn(folder).Where(document => document.Text("kind") == kind);

    public static string Name(this YamlMappingNode component) => component.Text("metadata", "name");

    /// <summary>Its settings; one from a secret is <c>secret:</c> and the secret's name.</summary>
    public static Dictionary<string, string> Settings(this YamlMappingNode component) => (component.Find("spec", "metadata") as YamlSequenceNode ?? [])
        .ToDictionary(each => each.Text("name"), each => each.Find("value") is YamlScalarNode value ? value.Value ?? "" : $"secret:{each.Text("secretKeyRef", "name")}");

    /// <summary>The apps that see it; null when all do.</summary>
    public static IReadOnlyList<string>? Scopes(this YamlMappingNode component) => component.Find("scopes") is { } scopes ? [.. scopes.Texts()] : null;

    /// <summary>The secret store that its secrets come from; null when it has none.</summary>
    public static string? SecretStore(this YamlMappingNode component) => (component.Find("auth", "secretStore") as YamlScalarNode)?.Value;

    public static double Seconds(string duration) => duration.EndsWith("ms", StringComparison.Ordinal)
        ? double.Parse(duration[..^2], CultureInfo.InvariantCulture) / 1000
        : double.Parse(duration.TrimEnd('s'), CultureInfo.InvariantCulture);
}

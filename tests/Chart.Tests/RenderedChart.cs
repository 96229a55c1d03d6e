using System.Text.Json;
using MallBots.TestKit;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MallBots.Chart.Tests;

/// <summary>What came out of a rendering: the documents that Helm would send to the API server, or why it refuses.</summary>
sealed class RenderedChart
{
    readonly string? refusal;
    readonly Lazy<IReadOnlyList<Document>> documents;

    RenderedChart(Setting setting, JsonElement? values, IReadOnlyDictionary<string, string> templates, string notes, string? refusal)
    {
        Setting = setting;
        Values = values;
        Templates = templates;
        Notes = notes;
        this.refusal = refusal;
        documents = new(() => [.. Templates.OrderBy(file => file.Key, StringComparer.Ordinal).SelectMany(file => Document.Read(file.Key, file.Value))]);
    }

    /// <summary>What it was rendered with.</summary>
    public Setting Setting { get; }

    /// <summary>The merged values, which Helm holds against the schema before it renders; null when they could not be merged.</summary>
    public JsonElement? Values { get; }

    /// <summary>The text of each template's file.</summary>
    public IReadOnlyDictionary<string, string> Templates { get => Rendered(field); }

    /// <summary>What <c>helm install</c> prints at its end.</summary>
    public string Notes { get => Rendered(field); }

    /// <summary>All documents; empty ones are dropped, as Helm does.</summary>
    public IReadOnlyList<Document> Documents => documents.Value;

    /// <summary>Whether Helm would refuse.</summary>
    public bool IsRefused => refusal is not null;

    /// <summary>Why Helm would refuse; a test that reads it fails when it would not.</summary>
    public string Refusal => refusal ?? throw new InvalidOperationException($"{Setting}: rendered, although it was to be refused.");

    /// <summary>The documents of a kind.</summary>
    public IEnumerable<Document> OfKind(string kind) => Documents.Where(document => document.Kind == kind);

    /// <summary>The one document of this kind and name.</summary>
    public Document this[string kind, string name] =>
        OfKind(kind).Where(document => document.Name == name).ToList() switch
        {
            [var one] => one,
            [] => throw new KeyNotFoundException($"{Setting}: there is no {kind} {name}; there are: {string.Join(", ", Documents.Select(each => each.ToString()))}"),
            _ => throw new InvalidOperationException($"{Setting}: {kind} {name} is there more than once."),
        };

    /// <summary>Whether there is such a document.</summary>
    public bool Has(string kind, string name) => OfKind(kind).Any(document => document.Name == name);

    /// <summary>One result of the renderer's program.</summary>
    public static RenderedChart Read(JsonElement result, Setting setting) => new(
        setting,
        result.TryGetProperty("values", out var values) ? values.Clone() : null,
        result.TryGetProperty("templates", out var templates) ? templates.EnumerateObject().ToDictionary(file => file.Name, file => file.Value.GetString()!) : new Dictionary<string, string>(),
        result.TryGetProperty("notes", out var notes) ? notes.GetString()! : "",
        result.TryGetProperty("error", out var error) ? error.GetString()! : null);

    T Rendered<T>(T what) => refusal is null ? what : throw new InvalidOperationException($"{Setting}: refused: {refusal}");
}

/// <summary>One document of a template.</summary>
sealed class Document
{
    Document(string file, YamlMappingNode root)
    {
        File = file;
        Root = root;
        Kind = Named("kind");
        ApiVersion = Named("apiVersion");
        Name = root.Find("metadata", "name") is YamlScalarNode { Value.Length: > 0 } name ? name.Value : throw Wrong("it has no metadata.name");
    }

    /// <summary>The template it came from.</summary>
    public string File { get; }

    public YamlMappingNode Root { get; }

    public string Kind { get; }

    public string ApiVersion { get; }

    public string Name { get; }

    /// <summary>The text at a path of keys; a number is the position in a list.</summary>
    public string Text(params string[] path) => (At(path) as YamlScalarNode ?? throw Wrong($"{string.Join('.', path)} is not a text")).Value ?? "";

    /// <summary>What is at a path of keys.</summary>
    public YamlNode At(params string[] path) => Root.Find(path) ?? throw Wrong($"there is no {string.Join('.', path)}");

    /// <summary>What is at a path of keys, or null.</summary>
    public YamlNode? Find(params string[] path) => Root.Find(path);

    /// <summary>The items of a list, empty where there is none.</summary>
    public IReadOnlyList<YamlNode> Items(params string[] path) => Root.Find(path) is YamlSequenceNode list ? [.. list] : [];

    public override string ToString() => $"{Kind}/{Name}";

    /// <summary>The documents of a rendered template. A key that stands twice is refused, as it is by Kubernetes' strict decoding.</summary>
    public static IEnumerable<Document> Read(string file, string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException wrong)
        {
            Assert.Fail($"{file} is not YAML: {wrong.Message}{Environment.NewLine}{Numbered(text)}");
        }
        foreach (var document in stream.Documents)
        {
            // What is between two separators and says nothing.
            if (document.RootNode is YamlScalarNode { Value: null or "" }) continue;
            if (document.RootNode is not YamlMappingNode root) throw new InvalidOperationException($"{file}: a document is not a map:{Environment.NewLine}{Numbered(text)}");
            yield return new Document(file, root);
        }
    }

    static string Numbered(string text) => string.Join(Environment.NewLine, text.Split('\n').Select((line, i) => $"{i + 1,4} {line}"));

    string Named(string key) => Root.Find(key) is YamlScalarNode { Value.Length: > 0 } value ? value.Value : throw Wrong($"a document has no {key}");

    InvalidOperationException Wrong(string rule) => new($"{File}{(Name is null ? "" : $": {Kind} {Name}")}: {rule}.");
}

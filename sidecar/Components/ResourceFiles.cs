using MallBots.Sidecar.Resiliency;
using MallBots.Sidecar.Secrets;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MallBots.Sidecar.Components;

/// <summary>Everything that the resources folders say.</summary>
/// <param name="Components">The components, with their secrets filled in.</param>
/// <param name="SecretStores">The secret stores by name.</param>
/// <param name="Resiliency">The resiliency targets.</param>
/// <param name="Configuration">What is acted on of the Configuration.</param>
/// <param name="Warnings">One line for each valid field that the sidecar does not act on, or that names what is not there.</param>
internal sealed record Resources(
    IReadOnlyList<Component> Components,
    IReadOnlyDictionary<string, ISecretStore> SecretStores,
    ResiliencyPolicies Resiliency,
    SidecarConfiguration Configuration,
    IReadOnlyList<string> Warnings);

/// <summary>Reads the resources folders: the YAML files directly in each (fact R2), every kind of document that the sidecar knows.</summary>
internal sealed class ResourceFiles
{
    const string ApiVersion = "dapr.io/v1alpha1";

    readonly List<(YamlMap Document, string Name)> components = [];
    readonly ResiliencyReader resiliency = new();
    readonly ConfigurationReader configuration = new();
    readonly bool anyType;
    readonly List<YamlMap> documents = [];

    ResourceFiles(bool anyType) => this.anyType = anyType;

    /// <summary>Reads all folders. A mistake is a <see cref="ResourceException"/>.</summary>
    /// <param name="folders">The folders.</param>
    /// <param name="anyType">Whether components may be of types that this sidecar does not have: for who only looks at them.</param>
    public static Resources Read(IEnumerable<string> folders, bool anyType = false)
    {
        var files = new ResourceFiles(anyType);
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder)) throw new ResourceException($"{folder}: there is no such resources folder");
            var found = Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is ".yaml" or ".yml");
            foreach (var file in found.Order(StringComparer.Ordinal)) files.ReadFile(file);
        }

        return files.Finish();
    }

    void ReadFile(string file)
    {
        var stream = new YamlStream();
        try
        {
            using var text = File.OpenText(file);
            stream.Load(text);
        }
        catch (YamlException mistake)
        {
            // The mistake is where the parser stopped; its start may be that of the whole mapping.
            throw new ResourceException(new SourceLine(file, (int)mistake.End.Line), $"this is no YAML: {mistake.Message.ReplaceLineEndings(" ")}", mistake);
        }

        foreach (var document in stream.Documents)
        {
            // A file may start or end with `---`: an empty document.
            if (document.RootNode is YamlScalarNode { Value: null or "" }) continue;
            if (document.RootNode is not YamlMappingNode root)
                throw new ResourceException(new SourceLine(file, (int)document.RootNode.Start.Line), "a document must be a mapping");
            ReadDocument(new YamlMap(file, "", root));
        }
    }

    void ReadDocument(YamlMap document)
    {
        documents.Add(document);
        if (document.Text("apiVersion") is var version && version != ApiVersion)
            throw new ResourceException(document.SourceOf("apiVersion"), $"apiVersion '{version}' is not known; known is {ApiVersion}");

        var kind = document.Text("kind");
        var metadata = document.Map("metadata");
        var name = metadata.Text("name");
        metadata.Accept("namespace");
        switch (kind)
        {
            case "Component":
                if (components.Find(other => other.Name == name) is { Document: { } first })
                    throw new ResourceException(metadata.SourceOf("name"), $"component '{name}' is there already, in {first.Source}");
                components.Add((document, name));
                break;
            case "Resiliency":
                resiliency.Read(document);
                break;
            case "Configuration":
                configuration.Read(document);
                break;
            default:
                throw new ResourceException(
                    document.SourceOf("kind"), $"kind '{kind}' of '{name}' is not known; known are Component, Configuration, Resiliency");
        }
    }

    Resources Finish()
    {
        // Secret stores first: the others' metadata may refer to them.
        var reader = new ComponentReader(anyType);
        foreach (var (document, name) in components.OrderBy(component => !ComponentReader.IsSecretStore(component.Document)))
            reader.Read(document, name);

        var warnings = documents
            .SelectMany(document => document.NotActedOn())
            .Select(field => $"{field.Source}: '{field.Path}' is not acted on by this sidecar")
            .Concat(reader.Warnings)
            .Concat(resiliency.Warnings)
            .Concat(configuration.Warnings(reader.SecretStores.Keys));
        return new Resources(reader.Components, reader.SecretStores, resiliency.Finish(), configuration.Finish(), [.. warnings]);
    }
}

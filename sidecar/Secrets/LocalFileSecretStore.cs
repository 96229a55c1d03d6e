using System.Text.Json;
using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.Secrets;

/// <summary>`secretstores.local.file`: a JSON file. Nested names are joined with `:`, or kept together when `multiValued` is set.</summary>
internal sealed class LocalFileSecretStore : ISecretStore
{
    readonly Dictionary<string, IReadOnlyDictionary<string, string>> secrets = new(StringComparer.Ordinal);

    LocalFileSecretStore(JsonElement root, string separator, bool multiValued)
    {
        foreach (var property in root.EnumerateObject())
        {
            if (multiValued && property.Value.ValueKind == JsonValueKind.Object)
            {
                var values = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var inner in property.Value.EnumerateObject()) Flatten(inner.Name, inner.Value, separator, values);
                secrets[property.Name] = values;
                continue;
            }

            var flat = new Dictionary<string, string>(StringComparer.Ordinal);
            Flatten(property.Name, property.Value, separator, flat);
            foreach (var (name, value) in flat) secrets[name] = new Dictionary<string, string> { [name] = value };
        }
    }

    /// <summary>
    /// Reads the file. A relative path counts from the working folder, as in Dapr, or, when there is none, from the component's own folder or
    /// one above it, so that one folder of components works wherever it is started from.
    /// </summary>
    public static LocalFileSecretStore Open(Component component)
    {
        var path = component.Setting("secretsFile")!;
        if (!File.Exists(path)) path = FindAbove(component.Source.File, path) ?? path;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return new LocalFileSecretStore(
                document.RootElement,
                component.Setting("nestedSeparator") ?? ":",
                bool.TryParse(component.Setting("multiValued"), out var multiValued) && multiValued);
        }
        catch (Exception fault) when (fault is IOException or JsonException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw new ResourceException(component.Source, $"component '{component.Name}' cannot read '{path}': {fault.Message.ReplaceLineEndings(" ")}", fault);
        }
    }

    static string? FindAbove(string file, string path)
    {
        for (var folder = Directory.GetParent(Path.GetFullPath(file)); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, path);
            if (File.Exists(candidate)) return candidate;
        }

        return null;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string>? Find(string name) => secrets.GetValueOrDefault(name);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> All() => secrets;

    static void Flatten(string name, JsonElement value, string separator, Dictionary<string, string> into)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var inner in value.EnumerateObject()) Flatten(name + separator + inner.Name, inner.Value, separator, into);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var inner in value.EnumerateArray()) Flatten(name + separator + index++, inner, separator, into);
                break;
            default:
                into[name] = value.ToString();
                break;
        }
    }
}

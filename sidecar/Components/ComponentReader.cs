using MallBots.Sidecar.Secrets;

namespace MallBots.Sidecar.Components;

/// <summary>Reads Component documents, checks them against <see cref="ComponentType"/>, and fills in their secrets.</summary>
/// <param name="anyType">Whether a type that is not known is taken as it is.</param>
internal sealed class ComponentReader(bool anyType)
{
    readonly List<Component> components = [];
    readonly Dictionary<string, ISecretStore> secretStores = new(StringComparer.Ordinal);
    readonly List<string> warnings = [];

    public IReadOnlyList<Component> Components => components;

    public IReadOnlyDictionary<string, ISecretStore> SecretStores => secretStores;

    public IReadOnlyList<string> Warnings => warnings;

    public static bool IsSecretStore(YamlMap document) => document.Map("spec").Text("type").StartsWith("secretstores.", StringComparison.Ordinal);

    public void Read(YamlMap document, string name)
    {
        var spec = document.Map("spec");
        var typeName = spec.Text("type");
        var type = ComponentType.Find(typeName) ?? (anyType ? new ComponentType(typeName, [], []) : throw new ResourceException(
            spec.SourceOf("type"),
            $"component '{name}' has the unknown type '{typeName}'; known are {string.Join(", ", ComponentType.All.Select(known => known.Name))}; any other needs the Dapr runtime (dapr run -f .)"));

        var secretStore = document.OptionalMap("auth")?.OptionalText("secretStore");
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var metadataHasSecrets = false;
        foreach (var item in spec.Maps("metadata"))
        {
            metadataHasSecrets |= item.OptionalMap("secretKeyRef") is not null;
            var setting = item.Text("name");
            if (!metadata.TryAdd(setting, ValueOf(item, name, setting, secretStore)))
                throw new ResourceException(item.Source, $"component '{name}' has the metadata '{setting}' twice");
            if (!Knows(type, setting)) warnings.Add($"{item.Source}: metadata '{setting}' of component '{name}' is not acted on by this sidecar");
        }

        foreach (var required in type.Required)
        {
            if (string.IsNullOrWhiteSpace(metadata.GetValueOrDefault(required)))
                throw new ResourceException(spec.Source, $"component '{name}' ({type.Name}) lacks the metadata '{required}'");
        }

        var scopes = document.Texts("scopes");
        if (metadataHasSecrets) RefuseUnseenStore(spec.Source, name, scopes, secretStore!);
        var component = new Component(name, type.Name, spec.OptionalText("version") ?? "v1", metadata, scopes, document.Source);
        components.Add(component);
        if (IsSecretStore(document)) secretStores[name] = OpenSecretStore(component);
    }

    // daprd would wait for the secret store in the sidecars of those apps, and they would never have the component (fact R6).
    void RefuseUnseenStore(SourceLine source, string component, IReadOnlyList<string> scopes, string secretStore)
    {
        var store = components.First(other => other.Name == secretStore);
        if (store.Scopes.Count == 0 || (scopes.Count > 0 && scopes.All(store.IsVisibleTo))) return;
        var unseen = scopes.Count == 0 ? "apps out of its scopes" : string.Join(", ", scopes.Where(app => !store.IsVisibleTo(app)));
        throw new ResourceException(source, $"component '{component}' takes a secret from '{secretStore}', which {unseen} cannot see: its scopes are {string.Join(", ", store.Scopes)}");
    }

    static bool Knows(ComponentType type, string setting) =>
        type.Required.Concat(type.Optional).Contains(setting, StringComparer.OrdinalIgnoreCase);

    static ISecretStore OpenSecretStore(Component component) => component.Type switch
    {
        "secretstores.local.file" => LocalFileSecretStore.Open(component),
        _ => new LocalEnvSecretStore(),
    };

    string ValueOf(YamlMap item, string component, string setting, string? secretStore)
    {
        if (item.OptionalMap("secretKeyRef") is { } reference) return SecretOf(reference, component, setting, secretStore);
        if (item.OptionalText("envRef") is { } variable) return Environment.GetEnvironmentVariable(variable) ?? "";
        return item.OptionalText("value") ?? throw new ResourceException(
            item.Source, $"metadata '{setting}' of component '{component}' has none of value, secretKeyRef, envRef");
    }

    string SecretOf(YamlMap reference, string component, string setting, string? secretStore)
    {
        var secret = reference.Text("name");
        var key = reference.OptionalText("key") ?? secret;
        if (secretStore is null)
            throw new ResourceException(reference.Source, $"metadata '{setting}' of component '{component}' refers to a secret, but 'auth.secretStore' is missing");
        if (!secretStores.TryGetValue(secretStore, out var store))
        {
            throw new ResourceException(
                reference.Source,
                $"component '{component}' names the unknown secret store '{secretStore}'; known are {string.Join(", ", secretStores.Keys)}");
        }

        return store.Find(secret)?.GetValueOrDefault(key) ?? throw new ResourceException(
            reference.Source, $"secret '{secret}' (key '{key}') for metadata '{setting}' of component '{component}' is not in secret store '{secretStore}'");
    }
}

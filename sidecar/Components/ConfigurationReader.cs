using MallBots.Sidecar.Secrets;

namespace MallBots.Sidecar.Components;

/// <summary>Reads the Configuration document; there is one at most, as an app has one.</summary>
internal sealed class ConfigurationReader
{
    readonly Dictionary<string, SecretsScope> secretsScopes = new(StringComparer.Ordinal);
    readonly Dictionary<string, SourceLine> scopeSources = new(StringComparer.Ordinal);
    WorkflowRetention retention = SidecarConfiguration.Default.WorkflowRetention;
    SourceLine? read;

    public void Read(YamlMap document)
    {
        // Of two, one would silently take away what the other denies.
        if (read is { } first)
            throw new ResourceException(document.SourceOf("kind"), $"an app has one Configuration; one is there already, in {first}");
        read = document.Source;

        var spec = document.OptionalMap("spec");
        if (spec?.OptionalMap("workflow")?.OptionalMap("stateRetentionPolicy") is { } policy)
        {
            retention = new WorkflowRetention(
                policy.OptionalDuration("completed"),
                policy.OptionalDuration("failed"),
                policy.OptionalDuration("terminated"),
                policy.OptionalDuration("anyTerminal"));
        }

        if (spec?.OptionalMap("secrets") is not { } secrets) return;
        foreach (var scope in secrets.Maps("scopes")) ReadSecretsScope(scope);
    }

    /// <summary>What was read.</summary>
    public SidecarConfiguration Finish() => new(retention, secretsScopes);

    /// <summary>One line for each scope whose store is not there; daprd, too, takes it and warns.</summary>
    /// <param name="secretStores">Names of the secret stores.</param>
    public IEnumerable<string> Warnings(IEnumerable<string> secretStores) => scopeSources
        .Where(scope => !secretStores.Contains(scope.Key))
        .Select(scope => $"{scope.Value}: 'spec.secrets.scopes' names '{scope.Key}', which is not a secret store here");

    void ReadSecretsScope(YamlMap scope)
    {
        var store = scope.Text("storeName");
        if (store.Length == 0) throw new ResourceException(scope.SourceOf("storeName"), "'spec.secrets.scopes.storeName' must not be empty");

        var access = scope.OptionalText("defaultAccess") ?? "";
        var denies = access.Equals("deny", StringComparison.OrdinalIgnoreCase);
        if (!denies && access.Length > 0 && !access.Equals("allow", StringComparison.OrdinalIgnoreCase))
        {
            throw new ResourceException(
                scope.SourceOf("defaultAccess"), $"'spec.secrets.scopes.defaultAccess' of store '{store}' must be allow or deny, not '{access}'");
        }

        if (!secretsScopes.TryAdd(store, new SecretsScope(denies, scope.Texts("allowedSecrets"), scope.Texts("deniedSecrets"))))
        {
            throw new ResourceException(
                scope.SourceOf("storeName"), $"'spec.secrets.scopes' has the store '{store}' twice; the first is in {scopeSources[store]}");
        }

        scopeSources[store] = scope.SourceOf("storeName");
    }
}

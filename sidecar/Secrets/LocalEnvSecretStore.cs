using System.Collections;

namespace MallBots.Sidecar.Secrets;

/// <summary>`secretstores.local.env`: the environment variables of the process, but not those of Dapr itself.</summary>
internal sealed class LocalEnvSecretStore : ISecretStore
{
    /// <inheritdoc/>
    // As in Dapr, a variable that is not set is an empty value.
    public IReadOnlyDictionary<string, string> Find(string name) => Single(name, IsHidden(name) ? "" : Environment.GetEnvironmentVariable(name) ?? "");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> All() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => (Name: (string)variable.Key, Value: (string?)variable.Value ?? ""))
            .Where(variable => !IsHidden(variable.Name))
            .ToDictionary(variable => variable.Name, variable => Single(variable.Name, variable.Value));

    static bool IsHidden(string name) =>
        name.Equals("APP_API_TOKEN", StringComparison.OrdinalIgnoreCase) || name.StartsWith("DAPR_", StringComparison.OrdinalIgnoreCase);

    static IReadOnlyDictionary<string, string> Single(string name, string value) => new Dictionary<string, string> { [name] = value };
}

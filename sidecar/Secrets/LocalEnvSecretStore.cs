using System.Collections;

namespace MallBots.Sidecar.Secrets;

/// <summary>`secretstores.local.env`: the environment variables of the process, but not the tokens.</summary>
internal sealed class LocalEnvSecretStore : ISecretStore
{
    static readonly string[] Hidden = ["DAPR_API_TOKEN", "APP_API_TOKEN"];

    /// <inheritdoc/>
    // As in Dapr, a variable that is not set is an empty value.
    public IReadOnlyDictionary<string, string> Find(string name) => Single(name, IsHidden(name) ? "" : Environment.GetEnvironmentVariable(name) ?? "");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> All() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(variable => (Name: (string)variable.Key, Value: (string?)variable.Value ?? ""))
            .Where(variable => !IsHidden(variable.Name))
            .ToDictionary(variable => variable.Name, variable => Single(variable.Name, variable.Value));

    static bool IsHidden(string name) => Hidden.Contains(name, StringComparer.OrdinalIgnoreCase);

    static IReadOnlyDictionary<string, string> Single(string name, string value) => new Dictionary<string, string> { [name] = value };
}

namespace MallBots.Sidecar.Secrets;

/// <summary>A secret store; what it holds is read once, at the start.</summary>
internal interface ISecretStore
{
    /// <summary>The values of a secret by key (one value: its key is the secret's name); null when there is no such secret.</summary>
    IReadOnlyDictionary<string, string>? Find(string name);

    /// <summary>All secrets.</summary>
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> All();
}

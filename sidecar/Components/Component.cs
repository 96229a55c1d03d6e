namespace MallBots.Sidecar.Components;

/// <summary>One component of a resources folder: what `apiVersion: dapr.io/v1alpha1, kind: Component` says, with its secrets filled in.</summary>
/// <param name="Name">The name that callers use, for example `statestore`.</param>
/// <param name="Type">The engine, for example `state.sqlite`.</param>
/// <param name="Version">The component's version, `v1` as a rule.</param>
/// <param name="Metadata">Settings by name; names ignore case, as in Dapr.</param>
/// <param name="Scopes">App ids that may use it; empty: all.</param>
/// <param name="Source">File and line, for messages.</param>
internal sealed record Component(
    string Name, string Type, string Version, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<string> Scopes, SourceLine Source)
{
    /// <summary>Whether the app may use this component.</summary>
    public bool IsVisibleTo(string appId) => Scopes.Count == 0 || Scopes.Contains(appId, StringComparer.Ordinal);

    /// <summary>Whether it keeps state.</summary>
    public bool IsStateStore => Type.StartsWith("state.", StringComparison.Ordinal);

    /// <summary>Whether workflows keep their histories in it (fact W4).</summary>
    public bool IsActorStateStore => IsStateStore && string.Equals(Setting("actorStateStore"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>A setting's value, or null.</summary>
    public string? Setting(string name) => Metadata.GetValueOrDefault(name);
}

/// <summary>Where something stands in a YAML file.</summary>
internal sealed record SourceLine(string File, int Line)
{
    public override string ToString() => $"{File}:{Line}";
}

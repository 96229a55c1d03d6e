namespace MallBots.Sidecar.Secrets;

/// <summary>
/// Which secrets of a store apps may read over the API, as an entry of the Configuration's `spec.secrets.scopes` says it (fact R7): names to the letter.
/// Components take theirs by `secretKeyRef` past it.
/// </summary>
/// <param name="Denies">Whether a secret that no list names is denied (`defaultAccess: deny`).</param>
/// <param name="Allowed">`allowedSecrets`: when it has entries, they alone may be read, whatever else is said.</param>
/// <param name="Denied">`deniedSecrets`.</param>
internal sealed record SecretsScope(bool Denies, IReadOnlyList<string> Allowed, IReadOnlyList<string> Denied)
{
    /// <summary>The scope of a store that the Configuration does not name.</summary>
    public static readonly SecretsScope Open = new(false, [], []);

    /// <summary>Whether apps may read the secret.</summary>
    public bool Allows(string secret) => Allowed.Count > 0 ? Allowed.Contains(secret) : !Denies && !Denied.Contains(secret);
}

namespace MallBots.Sidecar.Invocation;

/// <summary>An <see cref="AccessControl"/> prepared for looking up (fact I6).</summary>
internal sealed class AccessRules
{
    const string AllVerbs = "*";

    // Those that Dapr's protocol between sidecars knows; it passes any other on as a POST (fact I5).
    static readonly HashSet<string> KnownVerbs = new(StringComparer.Ordinal) { "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH" };

    readonly Dictionary<string, OperationTree> callers = new(StringComparer.Ordinal);

    /// <summary>Reads the list.</summary>
    public AccessRules(AccessControl list)
    {
        foreach (var caller in list.Callers)
        {
            var tree = new OperationTree();
            foreach (var operation in caller.Operations) tree.Add(operation.Path, new HashSet<string>(operation.Verbs, StringComparer.Ordinal));
            callers[caller.AppId] = tree;
        }
    }

    /// <summary>Whether the caller may send this request; <paramref name="cleanPath"/> is the path that the app gets, escaped.</summary>
    public bool Allow(string callerAppId, string verb, string cleanPath)
    {
        if (!callers.TryGetValue(callerAppId, out var tree) || tree.Find(Uri.UnescapeDataString(cleanPath)) is not { } verbs) return false;
        var capitals = verb.ToUpperInvariant();
        return verbs.Contains(KnownVerbs.Contains(capitals) ? capitals : "POST") || verbs.Contains(AllVerbs);
    }
}

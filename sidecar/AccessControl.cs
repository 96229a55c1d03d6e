namespace MallBots.Sidecar;

/// <summary>
/// Who may invoke an app, as `spec.accessControl` of the callee's Dapr Configuration says it with `defaultAction: deny`: nobody but the callers that are named,
/// and of those each its own operations (fact I6). An app's calls of itself are always allowed; pub/sub, bindings and state are not invocations.
/// </summary>
/// <param name="Callers">Those that may. Of two policies for one app the last counts.</param>
public sealed record AccessControl(IReadOnlyList<CallerPolicy> Callers);

/// <summary>What one app may invoke.</summary>
/// <param name="AppId">The caller's app-id.</param>
/// <param name="Operations">The operations; of two with the same path the first counts, so all verbs of a path belong to one.</param>
public sealed record CallerPolicy(string AppId, IReadOnlyList<AllowedOperation> Operations);

/// <summary>A path and the verbs that are allowed on it.</summary>
/// <param name="Path">
/// Path of the app, letter case ignored. `*` within a segment stands for any text; a last segment `*` for one segment or none, `**` for one or more or none;
/// a path without a wildcard also covers all paths below it. Of several that could cover a path, the first in the list decides (fact I6).
/// </param>
/// <param name="Verbs">HTTP methods in capitals, or `*` for all.</param>
public sealed record AllowedOperation(string Path, IReadOnlyList<string> Verbs);

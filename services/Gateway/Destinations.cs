namespace MallBots.Gateway;

/// <summary>Which service answers which part of the API.</summary>
static class Destinations
{
    /// <summary>First segment under /api, and the app that it belongs to.</summary>
    public static IReadOnlyDictionary<string, string> ByResource { get; } =
        Contracts.Apps.All.SelectMany(app => app.Resources, (app, resource) => (resource, app.Id)).ToDictionary(entry => entry.resource, entry => entry.Id);

    /// <summary>The apps behind the gateway, each once.</summary>
    public static IReadOnlyList<string> Apps { get; } = [.. ByResource.Values.Distinct()];
}

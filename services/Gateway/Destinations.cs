
namespace MallBots.Gateway;

/// <summary>Which service answers which part of the API.</summary>
static class Destinations
{
    /// <summary>First segment under /api, and the app that it belongs to.</summary>
    public static readonly IReadOnlyDictionary<string, string> ByResource = new Dictionary<string, string>
    {
        ["stores"] = Contracts.Apps.Stores,
        ["products"] = Contracts.Apps.Stores,
        ["customers"] = Contracts.Apps.Customers,
        ["baskets"] = Contracts.Apps.Baskets,
        ["payments"] = Contracts.Apps.Payments,
        ["invoices"] = Contracts.Apps.Payments,
        ["orders"] = Contracts.Apps.Ordering,
        ["order-workflows"] = Contracts.Apps.OrderWorkflow,
        ["shopping-lists"] = Contracts.Apps.Depot,
        ["bots"] = Contracts.Apps.Depot,
        ["notifications"] = Contracts.Apps.Notifications,
        ["search"] = Contracts.Apps.Search,
    };

    /// <summary>The apps behind the gateway, each once.</summary>
    public static IReadOnlyList<string> Apps { get; } = [.. ByResource.Values.Distinct()];
}

using MallBots.ServiceKit.Domain;

namespace MallBots.Stores.Domain;

/// <summary>What is refused about stores.</summary>
public static class StoreRefusals
{
    /// <summary>There is no such store.</summary>
    public static readonly RefusalKind Unknown = new("store-unknown", 404, "There is no such store");
}

using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Features;

/// <summary>Shows a store.</summary>
public static class GetStore
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/stores/{storeId}", (string storeId, Documents<Store> stores, CancellationToken cancel) => stores.Get(storeId, cancel).Ok())
        .Summary("Shows a store")
        .Answers<StoreResource>()
        .Versioned()
        .Refuses(StoreRefusals.Unknown);
}

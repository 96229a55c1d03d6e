using MallBots.Contracts;
using MallBots.Payments.Provider;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Http;

namespace MallBots.Payments.Internal;

/// <summary>What the provider's own ledger has for payments, for the auditor; only a simulated provider shows it.</summary>
static class ProviderLedger
{
    public static void Map(InternalApi api) => api.Query("provider-ledger", async (string ids, IPaymentProvider provider, CancellationToken cancel) =>
    {
        if (provider is not SimulatedProvider simulated) return Results.NoContent();
        var accounts = await Task.WhenAll(ids.Split(',').Select(async id =>
        {
            var account = await simulated.Account(id, cancel);
            return new LedgerAccount(id, account.Authorized, account.Captured, account.Held);
        }));
        return Results.Json(new Page<LedgerAccount>(accounts, null), KitJson.Options);
    });
}

using System.Collections.Immutable;
using MallBots.ServiceKit;
using MallBots.ServiceKit.State;

namespace MallBots.Payments.Provider;

/// <summary>
/// A payment provider for a mall without one. It declines amounts that end in .13, and keeps a ledger of its own in the state store, so that it remembers
/// keys over a restart as a real one does.
/// </summary>
public sealed class SimulatedProvider(IStateStore store) : IPaymentProvider
{
    /// <inheritdoc/>
    public Task<ProviderAnswer> Authorize(string paymentId, decimal amount, string key, CancellationToken cancel) => Once(
        paymentId, key, account => IsDeclined(amount) ? null : account with { Authorized = account.Authorized + amount, Held = account.Held + amount }, cancel);

    /// <inheritdoc/>
    public Task<ProviderAnswer> Capture(string paymentId, decimal amount, string key, CancellationToken cancel) => Once(
        paymentId, key, account => IsDeclined(amount) || amount > account.Held ? null : account with { Captured = account.Captured + amount, Held = 0 }, cancel);

    /// <inheritdoc/>
    public Task<ProviderAnswer> Void(string paymentId, string key, CancellationToken cancel) => Once(paymentId, key, account => account with { Held = 0 }, cancel);

    /// <summary>What the ledger has for a payment.</summary>
    public async Task<ProviderAccount> Account(string paymentId, CancellationToken cancel) =>
        await store.Get(Key(paymentId), cancel) is { } stored ? KitJson.Read<ProviderAccount>(stored.Value) : ProviderAccount.Empty;

    /// <summary>Answers a key as before, or decides and keeps entry and answer in one save. Null is a decline.</summary>
    async Task<ProviderAnswer> Once(string paymentId, string key, Func<ProviderAccount, ProviderAccount?> decide, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var stored = await store.Get(Key(paymentId), cancel);
            var account = stored is { } found ? KitJson.Read<ProviderAccount>(found.Value) : ProviderAccount.Empty;
            if (account.Answers.TryGetValue(key, out var before)) return before;

            var (next, answer) = decide(account) is { } moved ? (moved, ProviderAnswer.Accepted) : (account, ProviderAnswer.Declined);
            next = next with { Answers = next.Answers.Add(key, answer) };
            if (await store.Save(Key(paymentId), KitJson.Write(next), stored?.ETag, cancel)) return answer;
        }

        return ProviderAnswer.Unavailable;
    }

    static bool IsDeclined(decimal amount) => amount % 1 == 0.13m;

    static string Key(string paymentId) => $"provider-account.{paymentId}";
}

/// <summary>What the simulated provider has for one payment.</summary>
/// <param name="Authorized">All that was ever held.</param>
/// <param name="Captured">All that was ever taken.</param>
/// <param name="Held">What is held now.</param>
/// <param name="Answers">What was answered to each key.</param>
public sealed record ProviderAccount(decimal Authorized, decimal Captured, decimal Held, ImmutableDictionary<string, ProviderAnswer> Answers)
{
    internal static readonly ProviderAccount Empty = new(0, 0, 0, ImmutableDictionary<string, ProviderAnswer>.Empty);
}

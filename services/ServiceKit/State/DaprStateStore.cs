using System.Collections.Concurrent;
using System.Text;
using Dapr;
using Dapr.Client;
using Grpc.Core;
using MallBots.ServiceKit.Hosting;

namespace MallBots.ServiceKit.State;

/// <summary>The state store component <c>statestore</c> behind the app's own sidecar.</summary>
sealed class DaprStateStore(DaprClient dapr, KitOptions options) : IStateStore
{
    const string Store = "statestore";
    static readonly StateOptions FirstWrite = new() { Concurrency = ConcurrencyMode.FirstWrite };

    public async Task<StoredValue?> Get(string key, CancellationToken cancel)
    {
        using var limit = options.LimitOf(cancel);
        try
        {
            var (value, etag) = await dapr.GetByteStateAndETagAsync(Store, key, cancellationToken: limit.Token);
            return string.IsNullOrEmpty(etag) ? null : new StoredValue(value, etag);
        }
        catch (Exception fault) when (IsFault(fault, cancel))
        {
            throw new UnavailableException($"The state store did not answer for the key {key}.", fault);
        }
    }

    public async Task<IReadOnlyDictionary<string, StoredValue>> GetMany(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        var found = new ConcurrentDictionary<string, StoredValue>(await Glance(keys, cancel));

        // Fact S12: with the store away every key comes back empty, without an error.
        await Parallel.ForEachAsync(keys.Where(key => !found.ContainsKey(key)), cancel, async (key, token) =>
        {
            if (await Get(key, token) is { } value) found[key] = value;
        });
        return found;
    }

    public async Task<IReadOnlyDictionary<string, StoredValue>> Glance(IReadOnlyList<string> keys, CancellationToken cancel)
    {
        var found = new Dictionary<string, StoredValue>();
        if (keys.Count == 0) return found;
        using var limit = options.LimitOf(cancel);
        try
        {
            foreach (var item in await dapr.GetBulkStateAsync(Store, keys, parallelism: 16, cancellationToken: limit.Token))
                if (!string.IsNullOrEmpty(item.Value)) found[item.Key] = new StoredValue(Encoding.UTF8.GetBytes(item.Value), item.ETag);
            return found;
        }
        catch (Exception fault) when (IsFault(fault, cancel))
        {
            throw new UnavailableException("The state store did not answer a bulk read.", fault);
        }
    }

    public async Task<bool> Save(string key, ReadOnlyMemory<byte> value, string? etag, CancellationToken cancel)
    {
        using var limit = options.LimitOf(cancel);
        try
        {
            if (etag is not null) return await dapr.TrySaveByteStateAsync(Store, key, value, etag, FirstWrite, cancellationToken: limit.Token);
            await dapr.SaveByteStateAsync(Store, key, value, FirstWrite, cancellationToken: limit.Token); // Fact S3: creates only if absent.
            return true;
        }
        catch (Exception fault) when (IsFault(fault, cancel))
        {
            return false; // Facts S3, S11: conflict and fault look alike; the caller reads again.
        }
    }

    public async Task<bool> Delete(string key, string etag, CancellationToken cancel)
    {
        using var limit = options.LimitOf(cancel);
        try
        {
            return await dapr.TryDeleteStateAsync(Store, key, etag, FirstWrite, cancellationToken: limit.Token);
        }
        catch (Exception fault) when (IsFault(fault, cancel))
        {
            return false;
        }
    }

    static bool IsFault(Exception fault, CancellationToken cancel) =>
        fault is DaprException or RpcException or HttpRequestException || fault is OperationCanceledException && !cancel.IsCancellationRequested;
}

using MallBots.Sidecar.Components;
using MallBots.Sidecar.Hosting;
using MallBots.Sidecar.Storage;
using StackExchange.Redis;

namespace MallBots.Sidecar.NameResolution;

/// <summary>
/// Where the standalone sidecars of this machine find one another: in the Redis that they share, each announces the address of its HTTP API
/// under its app-id and renews that. Several instances of an app have an address each.
/// </summary>
internal sealed partial class NameRegistry(Component redis, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    readonly AddressCache cache = new(clock);
    readonly CancellationTokenSource stopping = new();
    ConnectionMultiplexer? connection;
    Task renewing = Task.CompletedTask;

    IDatabase Database => connection!.GetDatabase();

    /// <summary>The registry in the Redis of the components, the broker's before the state store's, for the broker is what a mall shares; null without one.</summary>
    public static NameRegistry? Of(IReadOnlyList<Component> components, TimeProvider clock, ILoggerFactory loggers)
    {
        var redis = components.FirstOrDefault(component => component.Type == "pubsub.redis") ?? components.FirstOrDefault(component => component.Type == "state.redis");
        return redis is null ? null : new NameRegistry(redis, clock, loggers.CreateLogger<NameRegistry>());
    }

    /// <summary>Announces the app's sidecar, which listens now, until the registry is disposed.</summary>
    public async Task StartAsync(AppSidecar app)
    {
        connection = await RedisConnectionText.ConnectAsync(redis, RedisConnectionText.OptionsOf(redis));
        var (key, address) = (Announcement.KeyOf(app.AppId), $"127.0.0.1:{app.HttpPort}");
        await AnnounceAsync(key, address);
        renewing = RenewAsync(key, address, stopping.Token);
    }

    /// <summary>The address, `127.0.0.1:port`, of a sidecar of the app; null when there is none. Throws <see cref="RedisException"/> when nothing is known.</summary>
    public async Task<string?> FindAsync(string appId) => cache.Pick(await AddressesAsync(appId));

    /// <summary>Whether the app has a sidecar. Throws as <see cref="FindAsync"/> does; no instance's turn is used up.</summary>
    public async Task<bool> KnowsAsync(string appId) => (await AddressesAsync(appId)).Count > 0;

    /// <summary>The sidecar at this address did not answer.</summary>
    public void DidNotAnswer(string appId, string address) => cache.DidNotAnswer(appId, address);

    /// <summary>Takes the announcement back.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await renewing;
        stopping.Dispose();
        if (connection is not null) await connection.DisposeAsync();
    }

    async Task<IReadOnlyList<string>> AddressesAsync(string appId) => cache.Fresh(appId) ?? await ReadAsync(appId);

    async Task<IReadOnlyList<string>> ReadAsync(string appId)
    {
        try
        {
            var found = await Database.SortedSetRangeByScoreAsync(Announcement.KeyOf(appId), clock.GetUtcNow().ToUnixTimeMilliseconds());
            string[] addresses = [.. found.Select(address => address.ToString())];
            cache.Keep(appId, addresses);
            return addresses;
        }
        catch (Exception away) when (away is RedisException or TimeoutException && cache.Last(appId) is { Count: > 0 })
        {
            // Redis is away: that is no reason for apps that know each other not to talk.
            return cache.Last(appId);
        }
    }

    async Task RenewAsync(string key, string address, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Announcement.Renewal, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) await TryAsync(() => AnnounceAsync(key, address));
        }
        catch (OperationCanceledException)
        {
            await TryAsync(() => Database.SortedSetRemoveAsync(key, address));
        }
    }

    async Task AnnounceAsync(string key, string address)
    {
        var now = clock.GetUtcNow();
        var transaction = Database.CreateTransaction();
        Task[] sent =
        [
            transaction.SortedSetAddAsync(key, address, (now + Announcement.Lifetime).ToUnixTimeMilliseconds()),
            transaction.SortedSetRemoveRangeByScoreAsync(key, double.NegativeInfinity, now.ToUnixTimeMilliseconds()),
            transaction.KeyExpireAsync(key, Announcement.Lifetime),
        ];
        await transaction.ExecuteAsync();
        await Task.WhenAll(sent);
    }

    async Task TryAsync(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception away) when (away is RedisException or TimeoutException)
        {
            LogAway(log, away.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Other sidecars may not find this one, for Redis is away: {Reason}")]
    static partial void LogAway(ILogger log, string reason);
}

using System.Globalization;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Storage;
using StackExchange.Redis;

namespace MallBots.Sidecar.Workflows;

/// <summary>
/// The right to run an app's workflows where the app's state is in a Redis that others reach too. Histories are in a file beside this sidecar, or in its
/// memory, so a second sidecar of the app would take new instances that end with it. The claim is a hash in that Redis, `mallbots||workflows||(app-id)`,
/// and its owner is the one who has the histories: an id in their folder, which gets the claim back at once after kill -9.
/// </summary>
/// <remarks>
/// With a folder it stands until its owner stops with no unfinished instance, or somebody deletes the key: whoever else went on would leave what is in
/// the folder behind. In memory it holds for a lease, for with their process the histories are gone.
/// </remarks>
internal sealed partial class WorkflowClaim : IAsyncDisposable
{
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);
    static readonly TimeSpan Renewal = TimeSpan.FromSeconds(2);

    // KEYS: the claim. ARGV: owner, lease in ms or 0, then names and values of what others are told. Answers what the other owner told, or nothing.
    const string TakeScript = """
        local owner = redis.call('HGET', KEYS[1], 'owner')
        if owner and owner ~= ARGV[1] then return redis.call('HMGET', KEYS[1], 'folder', 'machine', 'process', 'seen') end
        redis.call('HSET', KEYS[1], 'owner', ARGV[1], unpack(ARGV, 3))
        if ARGV[2] == '0' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
        return false
        """;

    const string ReleaseScript = "if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

    readonly Component redis;
    readonly string appId;
    readonly string? folder;
    readonly TimeProvider clock;
    readonly ILogger log;
    readonly SemaphoreSlim taking = new(1, 1);
    readonly CancellationTokenSource stopping = new();
    FileStream? ownerFile;
    string owner = Guid.NewGuid().ToString("N");
    ConnectionMultiplexer? connection;
    Task? renewing;
    bool othersWereNamed;

    /// <summary>A claim that is not taken yet.</summary>
    /// <param name="redis">The component of the Redis that the app's state is in.</param>
    /// <param name="appId">The app.</param>
    /// <param name="folder">The folder that the histories are in; null when they are in memory.</param>
    /// <param name="clock">The time.</param>
    /// <param name="log">Told when another has it all the same.</param>
    public WorkflowClaim(Component redis, string appId, string? folder, TimeProvider clock, ILogger log) =>
        (this.redis, this.appId, this.folder, this.clock, this.log) = (redis, appId, folder is null ? null : Path.GetFullPath(folder), clock, log);

    /// <summary>The key of an app's claim.</summary>
    public static string KeyOf(string appId) => $"mallbots||workflows||{appId}";

    string Key => KeyOf(appId);

    TimeSpan? LeaseOrNone => folder is null ? Lease : null;

    /// <summary>Takes the claim, once; throws <see cref="ResourceException"/> when another sidecar has it, with one line that says which and what to do.</summary>
    public async Task TakeAsync(CancellationToken cancel)
    {
        if (renewing is not null) return;
        await taking.WaitAsync(cancel);
        try
        {
            if (renewing is not null) return;
            if (folder is not null) owner = OwnerOf(folder);
            connection ??= await RedisConnectionText.ConnectAsync(redis, RedisConnectionText.OptionsOf(redis));
            if (await TryTakeAsync() is { } other && await LastsAsync(other, cancel) is { } lasting) throw new ResourceException(redis.Source, Refusal(lasting));
            renewing = RenewAsync(stopping.Token);
        }
        finally
        {
            taking.Release();
        }
    }

    /// <summary>Gives the claim back when nobody needs what the folder holds.</summary>
    /// <param name="hasUnfinished">Whether the folder has instances that only its owner can go on with.</param>
    public async Task EndAsync(bool hasUnfinished)
    {
        await stopping.CancelAsync();
        if (renewing is null) return;
        await renewing;
        if (folder is null || !hasUnfinished) await TryAsync(() => connection!.GetDatabase().ScriptEvaluateAsync(ReleaseScript, [Key], [owner]));
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(hasUnfinished: true);
        if (connection is not null) await connection.DisposeAsync();
        ownerFile?.Dispose();
        stopping.Dispose();
        taking.Dispose();
    }

    /// <summary>The id in the folder of the histories; held, so that a second sidecar on the same folder is refused too.</summary>
    string OwnerOf(string directory)
    {
        if (ownerFile is not null) return owner;
        var path = Path.Combine(directory, $"workflows.{appId}.owner");
        try
        {
            Directory.CreateDirectory(directory);
            ownerFile = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            using var reader = new StreamReader(ownerFile, leaveOpen: true);
            if (reader.ReadLine() is { Length: > 0 } known) return known;
            using var writer = new StreamWriter(ownerFile, leaveOpen: true);
            writer.WriteLine(owner);
            writer.Flush();
            ownerFile.Flush(flushToDisk: true);
            return owner;
        }
        catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
        {
            throw new ResourceException(
                redis.Source, $"another sidecar runs the workflows of {appId} in {directory}, or the folder can't be written ({taken.Message}): stop it, or give this one another folder (--data)");
        }
    }

    async Task<Owner?> TryTakeAsync()
    {
        var answer = await connection!.GetDatabase().ScriptEvaluateAsync(TakeScript, [Key],
        [
            owner, LeaseOrNone is { } lease ? (long)lease.TotalMilliseconds : 0,
            "folder", folder ?? "", "machine", Environment.MachineName, "process", Environment.ProcessId, "seen", clock.GetUtcNow().ToUnixTimeMilliseconds(),
        ]);
        if (answer.IsNull) return null;
        var told = (string?[])answer!;
        return new Owner(NullIfEmpty(told[0]), told[1] ?? "?", told[2] ?? "?", long.TryParse(told[3], NumberStyles.None, CultureInfo.InvariantCulture, out var seen) ? seen : 0);
    }

    /// <summary>Waits for the lease of one in memory, which may have been killed, to end; answers who has the claim then, or null when this one has it.</summary>
    async Task<Owner?> LastsAsync(Owner other, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        var now = other;
        while (now is { Folder: null } && now.Seen == other.Seen && clock.GetElapsedTime(began) < Lease + Renewal)
        {
            await Task.Delay(Renewal / 4, clock, cancel);
            now = await TryTakeAsync();
        }

        return now;
    }

    string Refusal(Owner other)
    {
        var options = RedisConnectionText.OptionsOf(redis);
        var where = RedisConnectionText.NameOf(options);
        var (host, port) = options.EndPoints[0] switch
        {
            System.Net.DnsEndPoint name => (name.Host, name.Port),
            System.Net.IPEndPoint address => (address.Address.ToString(), address.Port),
            var unknown => (unknown.ToString() ?? "", 0),
        };
        var ago = Math.Max(0, (clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(other.Seen)).TotalSeconds);
        var lead = string.Create(CultureInfo.InvariantCulture, $"the workflows of {appId} on Redis at {where} are another sidecar's (process {other.Process} on {other.Machine}, seen {ago:0} s ago)");
        return other.Folder is null
            ? $"{lead}, which keeps their histories in memory: stop that one, or give this one a Redis or a redisDB of its own"
            : lead + string.Create(CultureInfo.InvariantCulture,
                $", which keeps their histories in {other.Folder}: start that one instead, or give this one a Redis or a redisDB of its own; ")
                + string.Create(CultureInfo.InvariantCulture,
                $"if that folder is gone for good, `redis-cli -h {host} -p {port} -n {options.DefaultDatabase ?? 0} DEL '{Key}'` lets this one take over, without what was unfinished");
    }

    async Task RenewAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Renewal, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) await TryAsync(RenewOnceAsync);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The sidecar stops.
        }
    }

    async Task RenewOnceAsync()
    {
        var other = await TryTakeAsync();
        if (other is not null && !othersWereNamed) LogTaken(log, Refusal(other));
        othersWereNamed = other is not null;
    }

    async Task TryAsync(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception away) when (away is RedisException or TimeoutException)
        {
            // A claim with a folder stands without being renewed, and one in memory that lapses meanwhile is taken again with the next renewal.
            LogAway(log, appId, away.Message);
        }
    }

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    [LoggerMessage(LogLevel.Error, "Two sidecars run the same workflows: {Other}")]
    static partial void LogTaken(ILogger log, string other);

    [LoggerMessage(LogLevel.Debug, "The claim to the workflows of {AppId} is not renewed, for Redis is away: {Reason}")]
    static partial void LogAway(ILogger log, string appId, string reason);

    /// <summary>What the owner of a claim tells.</summary>
    sealed record Owner(string? Folder, string Machine, string Process, long Seen);
}

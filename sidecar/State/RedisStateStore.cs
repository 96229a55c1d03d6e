using System.Globalization;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Storage;
using StackExchange.Redis;

namespace MallBots.Sidecar.State;

/// <summary>
/// `state.redis`, in the layout of daprd, so that both can share a database: a hash with the fields `data`, `version` and, for a key that was
/// written with first-write, `first-write` (fact S6). It keeps daprd's own judgement of writes, traps included (facts S1, S3, S8, S11).
/// </summary>
internal sealed class RedisStateStore(Component component) : IStateStore
{
    // ARGV: the ETag or 0, the value, 0 for first-write. A key without first-write is overwritten by a save without an ETag.
    const string SaveScript = """
        local version = redis.call('HGET', KEYS[1], 'version')
        local guarded = redis.call('HGET', KEYS[1], 'first-write')
        if not version or version == '' or version == ARGV[1] or (not guarded and ARGV[1] == '0') then
            redis.call('HSET', KEYS[1], 'data', ARGV[2])
            if ARGV[3] == '0' then redis.call('HSET', KEYS[1], 'first-write', 0) end
            return redis.call('HINCRBY', KEYS[1], 'version', 1)
        end
        return redis.error_reply('ERR failed to set key ' .. KEYS[1])
        """;

    const string DeleteScript = """
        local version = redis.call('HGET', KEYS[1], 'version')
        if not version or version == '' or version == ARGV[1] or ARGV[1] == '0' then
            return redis.call('DEL', KEYS[1])
        end
        return redis.error_reply('ERR failed to delete ' .. KEYS[1])
        """;

    const string NoETag = "0";

    static readonly RedisValue[] Fields = ["data", "version"];

    ConnectionMultiplexer? connection;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["ETAG", "TRANSACTIONAL", "TTL", "KEYS_LIKE", "ACTOR"];

    IDatabase Database => connection!.GetDatabase();

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancel) => connection = await RedisConnectionText.ConnectAsync(component, RedisConnectionText.OptionsOf(component));

    /// <inheritdoc/>
    public async Task<StateEntry?> GetAsync(string key, CancellationToken cancel)
    {
        var fields = await Database.HashGetAsync(key, Fields);
        return fields[1].IsNull ? null : new StateEntry((byte[]?)fields[0] ?? [], fields[1].ToString(), null);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FoundEntry>> GetBulkAsync(IReadOnlyList<string> keys, CancellationToken cancel) =>
        await Task.WhenAll(keys.Select(async key =>
        {
            try
            {
                return new FoundEntry(key, await GetAsync(key, cancel));
            }
            catch (RedisException fault)
            {
                // An error of one key is only told with that key, and the SDK does not look (fact S12).
                return new FoundEntry(key, null, fault.Message);
            }
        }));

    /// <inheritdoc/>
    public async Task<StateFailure?> WriteAsync(StateWrite write, CancellationToken cancel)
    {
        if (InvalidETag(write) is { } invalid) return invalid;
        try
        {
            await SendAsync(Database, write);
            return null;
        }
        catch (RedisException fault)
        {
            // With an ETag every error looks like a conflict (fact S11).
            if (write.ETag is not null) return new StateFailure(StateFailureKind.ETagMismatch, fault.Message);
            return new StateFailure(StateFailureKind.Failed, write.Value is null ? fault.Message : $"failed to set key {write.Key}: {fault.Message}");
        }
    }

    /// <inheritdoc/>
    public async Task<StateFailure?> WriteEachAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        var failures = await Task.WhenAll(writes.Select(write => WriteAsync(write, cancel)));
        return failures.FirstOrDefault(failure => failure is not null);
    }

    /// <inheritdoc/>
    public async Task<StateFailure?> TransactAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        foreach (var write in writes)
        {
            if (InvalidETag(write) is { } invalid) return invalid;
        }

        // MULTI and EXEC: one failing script does not undo the others (fact S1).
        var transaction = Database.CreateTransaction();
        var sent = Task.WhenAll(writes.Select(write => SendAsync(transaction, write)));
        try
        {
            await transaction.ExecuteAsync();
            await sent;
            return null;
        }
        catch (RedisException fault)
        {
            return new StateFailure(StateFailureKind.Failed, fault.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connection is not null) await connection.DisposeAsync();
    }

    static Task SendAsync(IDatabaseAsync database, StateWrite write)
    {
        var etag = write.ETag is null || write.LastWrite ? NoETag : write.ETag;
        if (write.Value is not { } value) return database.ScriptEvaluateAsync(DeleteScript, [write.Key], [etag]);

        var save = database.ScriptEvaluateAsync(SaveScript, [write.Key], [etag, value, write.FirstWrite ? 0 : 1]);
        if (write.TimeToLive is not { } ttl) return save;

        // Only a save that says so changes an earlier time to live (fact S7).
        var expiry = ttl > TimeSpan.Zero ? database.KeyExpireAsync(write.Key, ttl) : database.KeyPersistAsync(write.Key);
        return Task.WhenAll(save, expiry);
    }

    static StateFailure? InvalidETag(StateWrite write) =>
        write.ETag is null || write.LastWrite || int.TryParse(write.ETag, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
            ? null
            : new StateFailure(StateFailureKind.ETagInvalid, $"parsing \"{write.ETag}\": invalid syntax");
}

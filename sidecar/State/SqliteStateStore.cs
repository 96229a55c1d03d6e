using MallBots.Sidecar.Components;
using MallBots.Sidecar.Storage;
using Microsoft.Data.Sqlite;

namespace MallBots.Sidecar.State;

/// <summary>`state.sqlite`: one table in a <see cref="SqliteFile"/>. A transaction is one job of its writer, so it is all or nothing.</summary>
internal sealed class SqliteStateStore(SqliteFile file, string table, TimeProvider clock) : IStateStore
{
    static readonly TimeSpan SweepEvery = TimeSpan.FromHours(1);

    readonly string select = $"SELECT value, etag, expires_at FROM {table} WHERE key = $1";
    readonly string selectETag = $"SELECT etag, expires_at FROM {table} WHERE key = $1";
    readonly string upsert = $"INSERT INTO {table} (key, value, etag, expires_at) VALUES ($1, $2, $3, $4) " +
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, etag = excluded.etag, expires_at = excluded.expires_at";

    readonly string delete = $"DELETE FROM {table} WHERE key = $1";
    readonly string deleteExpired = $"DELETE FROM {table} WHERE expires_at <= $1";
    ITimer? sweeper;

    /// <inheritdoc/>
    public IReadOnlyList<string> Capabilities { get; } = ["ETAG", "TRANSACTIONAL", "TTL", "DELETE_WITH_PREFIX", "KEYS_LIKE", "ACTOR"];

    /// <summary>Opens the store of a component; its file is relative to the data folder.</summary>
    public static SqliteStateStore Open(Component component, string dataDirectory, TimeProvider clock)
    {
        var table = component.Setting("tableName") ?? "state";
        if (!table.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
            throw new ResourceException(component.Source, $"component '{component.Name}': tableName '{table}' may have letters, digits and '_' only");
        var path = SqliteConnectionText.PathOf(component.Setting("connectionString")!, dataDirectory);
        try
        {
            return new SqliteStateStore(SqliteFile.Open(path), table, clock);
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new ResourceException(component.Source, $"component '{component.Name}' cannot open '{path}': {fault.Message.ReplaceLineEndings(" ")}", fault);
        }
    }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancel)
    {
        await file.Write(session => session.Execute(
            $"CREATE TABLE IF NOT EXISTS {table} (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL, etag TEXT NOT NULL, expires_at INTEGER); " +
            $"CREATE INDEX IF NOT EXISTS {table}_expires_at ON {table} (expires_at) WHERE expires_at IS NOT NULL"));
        sweeper = clock.CreateTimer(_ => file.Write(session => session.Execute(deleteExpired, Now)), null, TimeSpan.Zero, SweepEvery);
    }

    /// <inheritdoc/>
    public Task<StateEntry?> GetAsync(string key, CancellationToken cancel) => file.Read(session => Find(session, key));

    /// <inheritdoc/>
    public Task<IReadOnlyList<FoundEntry>> GetBulkAsync(IReadOnlyList<string> keys, CancellationToken cancel) => file.Read(session =>
    {
        var all = keys.Select(key => new FoundEntry(key, Find(session, key))).ToList();
        return (IReadOnlyList<FoundEntry>)[.. all.Where(found => found.Entry is not null), .. all.Where(found => found.Entry is null)];
    });

    /// <inheritdoc/>
    public Task<StateFailure?> WriteAsync(StateWrite write, CancellationToken cancel) => file.Write(session => TryWrite(session, write));

    /// <inheritdoc/>
    public Task<StateFailure?> WriteEachAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel) => file.Write(session =>
    {
        StateFailure? first = null;
        foreach (var write in writes)
        {
            if (TryWrite(session, write) is { } failure) first ??= failure;
        }

        return first;
    });

    /// <inheritdoc/>
    public async Task<StateFailure?> TransactAsync(IReadOnlyList<StateWrite> writes, CancellationToken cancel)
    {
        try
        {
            return await file.Write<StateFailure?>(session =>
            {
                foreach (var write in writes)
                {
                    // Thrown, so that the writer undoes this job and no other.
                    if (TryWrite(session, write) is { } failure) throw new RefusedException(failure);
                }

                return null;
            });
        }
        catch (RefusedException refused)
        {
            return refused.Failure;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (sweeper is not null) await sweeper.DisposeAsync();
        await file.DisposeAsync();
    }

    long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    StateEntry? Find(SqliteSession session, string key) => session.First(
        select,
        row => IsExpired(row, 2, out var expiresAt) ? null : new StateEntry(row.GetFieldValue<byte[]>(0), row.GetString(1), expiresAt),
        key);

    StateFailure? TryWrite(SqliteSession session, StateWrite write)
    {
        // Nothing to compare with: one statement is enough.
        if (write.ETag is not null || write is { FirstWrite: true, Value: not null })
        {
            var current = session.First(selectETag, row => IsExpired(row, 1, out _) ? null : row.GetString(0), write.Key);
            if (ConcurrencyRule.Check(write, current) is { } failure) return failure with { Detail = "" };
        }

        if (write.Value is not { } value) session.Execute(delete, write.Key);
        else session.Execute(upsert, write.Key, BytesOf(value), Guid.NewGuid().ToString(), write.Lifetime is { } ttl ? Now + (long)ttl.TotalMilliseconds : null);
        return null;
    }

    bool IsExpired(SqliteDataReader row, int column, out DateTimeOffset? expiresAt)
    {
        expiresAt = row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
        return expiresAt <= clock.GetUtcNow();
    }

    static byte[] BytesOf(ReadOnlyMemory<byte> value) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(value, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : value.ToArray();

    sealed class RefusedException(StateFailure failure) : Exception(failure.Message)
    {
        public StateFailure Failure { get; } = failure;
    }
}

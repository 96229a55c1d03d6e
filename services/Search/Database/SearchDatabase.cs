using System.Data.Common;
using MallBots.ServiceKit.Outside;
using MallBots.ServiceKit.State;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace MallBots.Search.Database;

/// <summary>
/// The database, opened and made at its first use: the service listens before that (fact R1). Faults that pass become <see cref="UnavailableException"/>,
/// so that the broker brings the event again and a caller reads 503.
/// </summary>
sealed class SearchDatabase : IAsyncDisposable
{
    readonly SearchOptions options;
    readonly ISecrets secrets;
    readonly string file;
    readonly SemaphoreSlim opening = new(1);
    Engine? engine;
    PooledDbContextFactory<SearchContext>? contexts;

    public SearchDatabase(SearchOptions options, ISecrets secrets)
    {
        (this.options, this.secrets) = (options, secrets);
        file = options.Database == SearchOptions.Temporary
            ? Path.Combine(Path.GetTempPath(), $"mallbots-search-{Guid.CreateVersion7():N}.db")
            : Path.GetFullPath(options.Database);
    }

    /// <summary>An open connection, for what EF Core is not needed for.</summary>
    public async Task<DbConnection> Connect(CancellationToken cancel)
    {
        var ready = await Ready(cancel);
        return await Open(ready, cancel);
    }

    /// <summary>Runs a query.</summary>
    /// <exception cref="UnavailableException">The database did not answer.</exception>
    public async Task<TResult> Query<TResult>(Func<SearchContext, Task<TResult>> run, CancellationToken cancel)
    {
        await Ready(cancel);
        try
        {
            await using var context = await contexts!.CreateDbContextAsync(cancel);
            return await run(context);
        }
        catch (Exception fault) when (Engine.IsPassing(fault))
        {
            throw Unavailable(fault);
        }
    }

    public static UnavailableException Unavailable(Exception fault) => new("The search database did not answer.", fault);

    public ValueTask DisposeAsync()
    {
        opening.Dispose();
        if (options.Database != SearchOptions.Temporary) return ValueTask.CompletedTask;
        if (engine?.Connect() is SqliteConnection connection) SqliteConnection.ClearPool(connection);
        foreach (var part in new[] { file, $"{file}-wal", $"{file}-shm" }) File.Delete(part);
        return ValueTask.CompletedTask;
    }

    async Task<Engine> Ready(CancellationToken cancel)
    {
        if (engine is { } ready) return ready;
        await opening.WaitAsync(cancel);
        try
        {
            if (engine is { } meanwhile) return meanwhile;
            var chosen = await Engine.Choose(options, file, secrets, cancel);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await using (var connection = await Open(chosen, cancel)) await Schema.Ensure(connection, cancel);
            var builder = new DbContextOptionsBuilder<SearchContext>().UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
            chosen.Configure(builder);
            contexts = new PooledDbContextFactory<SearchContext>(builder.Options, poolSize: 16);
            return engine = chosen;
        }
        catch (Exception fault) when (Engine.IsPassing(fault) || fault is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(fault);
        }
        finally
        {
            opening.Release();
        }
    }

    static async Task<DbConnection> Open(Engine engine, CancellationToken cancel)
    {
        var connection = engine.Connect();
        try
        {
            await connection.OpenAsync(cancel);
            if (engine.Prepare is not { } statements) return connection;
            await using var command = connection.CreateCommand();
            command.CommandText = statements;
            await command.ExecuteNonQueryAsync(cancel);
            return connection;
        }
        catch (Exception fault)
        {
            await connection.DisposeAsync();
            if (Engine.IsPassing(fault)) throw Unavailable(fault);
            throw;
        }
    }
}

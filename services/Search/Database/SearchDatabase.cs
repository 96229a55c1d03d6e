using System.Data.Common;
using System.Globalization;
using MallBots.ServiceKit.Outside;
using MallBots.ServiceKit.State;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace MallBots.Search.Database;

/// <summary>
/// The database, opened and made at its first use: the service listens before that (fact R1). Faults that pass become <see cref="UnavailableException"/>,
/// so that the broker brings the event again and a caller reads 503. A SQLite file that is broken is renamed, once in a process, and a new one is filled
/// from the owners (specification 3, search). That happens at the next use after it was found, when nobody has the file open any more: SQLite deletes
/// the log of a file that it closes by its name, which would be the new one's.
/// </summary>
sealed partial class SearchDatabase : IAsyncDisposable
{
    readonly SearchOptions options;
    readonly ISecrets secrets;
    readonly TimeProvider clock;
    readonly ILogger<SearchDatabase> log;
    readonly string file;
    readonly SemaphoreSlim opening = new(1);
    readonly Lock breaking = new();
    volatile Engine? engine;
    PooledDbContextFactory<SearchContext>? contexts;
    (Exception Fault, Engine Engine)? broken;
    bool setAside, toFill;

    public SearchDatabase(SearchOptions options, ISecrets secrets, TimeProvider clock, ILogger<SearchDatabase> log)
    {
        (this.options, this.secrets, this.clock, this.log) = (options, secrets, clock, log);
        file = options.Database == SearchOptions.Temporary
            ? Path.Combine(Path.GetTempPath(), $"mallbots-search-{Guid.CreateVersion7():N}.db")
            : Path.GetFullPath(options.Database);
    }

    /// <summary>The file was found broken while it was in use: whoever has it open is to let go of it.</summary>
    public event Action? Broke;

    /// <summary>True as long as this is the database in use.</summary>
    public bool Uses(Engine which) => engine == which;

    /// <summary>An open connection, for what EF Core is not needed for; what it meets goes to <see cref="Met"/>.</summary>
    /// <exception cref="UnavailableException">The database did not answer.</exception>
    public async Task<SearchConnection> Connect(CancellationToken cancel)
    {
        var ready = await Enter(cancel);
        try
        {
            return new SearchConnection(await Open(ready, cancel), ready);
        }
        catch (Exception fault)
        {
            ready.Uses.Leave();
            if (IsExpected(fault)) throw Met(fault, ready);
            throw;
        }
    }

    /// <summary>Reads without EF Core.</summary>
    /// <exception cref="UnavailableException">The database did not answer.</exception>
    public async Task<TResult> Read<TResult>(Func<SearchConnection, Task<TResult>> read, CancellationToken cancel)
    {
        await using var connection = await Connect(cancel);
        try
        {
            return await read(connection);
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            throw Met(fault, connection.Engine);
        }
    }

    /// <summary>Runs a query.</summary>
    /// <exception cref="UnavailableException">The database did not answer.</exception>
    public async Task<TResult> Query<TResult>(Func<SearchContext, Task<TResult>> run, CancellationToken cancel)
    {
        var ready = await Enter(cancel);
        try
        {
            await using var context = await contexts!.CreateDbContextAsync(cancel);
            return await run(context);
        }
        catch (Exception fault) when (IsExpected(fault))
        {
            throw Met(fault, ready);
        }
        finally
        {
            ready.Uses.Leave();
        }
    }

    /// <summary>What a fault is to whoever asked: <see cref="UnavailableException"/> for what passes, and for a broken file, which is seen to at the next use.</summary>
    public Exception Met(Exception fault, Engine on)
    {
        if (!Engine.IsBroken(fault)) return Engine.IsPassing(fault) ? Unavailable(fault) : fault;
        lock (breaking)
        {
            if (engine == on) (engine, broken) = (null, (fault, on));
            else return Unavailable(fault); // Of a file that is set aside already.
        }

        Broke?.Invoke();
        return Unavailable(fault);
    }

    public async ValueTask DisposeAsync()
    {
        opening.Dispose();
        if (options.Database != SearchOptions.Temporary) return;
        if (engine?.Connect() is SqliteConnection connection)
        {
            SqliteConnection.ClearPool(connection);
            await connection.DisposeAsync();
        }

        foreach (var part in Parts) File.Delete($"{file}{part}");
    }

    /// <summary>The file's companions first: a new file beside the log of an old one would take it for its own.</summary>
    static string[] Parts => ["-wal", "-shm", ""];

    static bool IsExpected(Exception fault) => Engine.IsPassing(fault) || Engine.IsBroken(fault);

    /// <summary>False for PostgreSQL, which leaves nothing on this machine's disk.</summary>
    bool IsFile => options is { Postgres: null, PostgresSecret: null };

    static UnavailableException Unavailable(Exception fault, string? at = null) => fault as UnavailableException ?? new("The search database did not answer.", at is null ? fault : new IOException($"{at}: {fault.Message}", fault));

    /// <summary>The database in use, entered: its file stays where it is until it is left.</summary>
    async Task<Engine> Enter(CancellationToken cancel)
    {
        while (true)
        {
            var ready = engine ?? await Ready(cancel);
            ready.Uses.Enter();
            if (engine == ready) return ready;
            ready.Uses.Leave();
        }
    }

    async Task<Engine> Ready(CancellationToken cancel)
    {
        await opening.WaitAsync(cancel);
        try
        {
            if (engine is { } meanwhile) return meanwhile;
            var chosen = await Engine.Choose(options, file, secrets, cancel);
            if (broken is { } found) await SetAside(found.Fault, found.Engine, cancel);
            try
            {
                await Make(chosen, cancel);
            }
            catch (Exception fault) when (Engine.IsBroken(fault))
            {
                broken = (fault, chosen);
                await SetAside(fault, chosen, cancel);
                await Make(chosen, cancel);
            }

            return engine = chosen;
        }
        catch (Exception fault) when (IsExpected(fault) || fault is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(fault, at: fault is UnavailableException || !IsFile ? null : file);
        }
        finally
        {
            opening.Release();
        }
    }

    async Task Make(Engine chosen, CancellationToken cancel)
    {
        if (IsFile) Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await using (var connection = await Open(chosen, cancel))
        {
            await Schema.Ensure(connection, cancel);
            if (toFill) await Schema.AskForRebuild(connection, clock.GetUtcNow(), cancel);
            toFill = false;
        }

        var builder = new DbContextOptionsBuilder<SearchContext>().UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
        chosen.Configure(builder);
        contexts = new PooledDbContextFactory<SearchContext>(builder.Options, poolSize: 16);
    }

    /// <exception cref="UnavailableException">It was set aside once in this process already.</exception>
    async Task SetAside(Exception fault, Engine left, CancellationToken cancel)
    {
        if (setAside) throw new UnavailableException("The search database is broken again, after it was set aside once since the start.", fault);
        await left.Uses.WhenNone().WaitAsync(cancel);
        SqliteConnection.ClearAllPools();
        var aside = string.Create(CultureInfo.InvariantCulture, $"{file}.broken-{clock.GetUtcNow():yyyyMMdd'T'HHmmssfff'Z'}");
        foreach (var part in Parts)
            if (File.Exists($"{file}{part}")) File.Move($"{file}{part}", $"{aside}{part}");
        (setAside, toFill, broken) = (true, true, null);
        LogSetAside(log, file, fault.Message, aside);
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
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} is broken ({Reason}). It is set aside as {Aside}, and a new one is filled from the owners")]
    static partial void LogSetAside(ILogger log, string file, string reason, string aside);
}

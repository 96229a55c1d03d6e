using System.Data.Common;
using MallBots.ServiceKit.Outside;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace MallBots.Search.Database;

/// <summary>The database engine: the only place that knows which one it is. All SQL of this service is what both understand.</summary>
/// <param name="Connect">Makes a connection, not open yet.</param>
/// <param name="Configure">Tells EF Core of it.</param>
/// <param name="Prepare">Statements for each new connection that writes.</param>
sealed record Engine(Func<DbConnection> Connect, Action<DbContextOptionsBuilder> Configure, string? Prepare)
{
    /// <summary>Who uses it now: a file is renamed when nobody has it open.</summary>
    public Uses Uses { get; } = new();

    /// <summary>The engine that the options name.</summary>
    public static async Task<Engine> Choose(SearchOptions options, string sqliteFile, ISecrets secrets, CancellationToken cancel)
    {
        if (options.Postgres is { } postgres) return Postgres(postgres);
        return options.PostgresSecret is { } secret ? Postgres(await secrets.Get(secret, cancel)) : Sqlite(sqliteFile);
    }

    /// <summary>True for faults that pass by themselves: the database is busy or away.</summary>
    public static bool IsPassing(Exception fault) => fault switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode is 3 or 5 or 6 or 8 or 10 or 13 or 14 or 15, // Permission, busy, locked, read-only, I/O, full, can't open, locks.
        PostgresException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "40001" or "40P01" or "42P01" } => true, // Stops, starts, full, conflicts, not made yet.
        PostgresException postgres => postgres.IsTransient,
        NpgsqlException or TimeoutException => true, // No connection.
        InvalidOperationException { InnerException: { } inner } => IsPassing(inner),
        _ => false,
    };

    /// <summary>True for a SQLite file that is none any more: SQLITE_CORRUPT, SQLITE_NOTADB.</summary>
    public static bool IsBroken(Exception fault) => fault switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode is 11 or 26,
        { InnerException: { } inner } => IsBroken(inner),
        _ => false,
    };

    static Engine Sqlite(string file)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = file, DefaultTimeout = 5 }.ToString();
        // Readers don't wait for the writer. What the system loses with its last moments comes again: the feed's cursors are lost with it.
        return new(() => new SqliteConnection(connection), builder => builder.UseSqlite(connection), "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    }

    static Engine Postgres(string connection) => new(() => new NpgsqlConnection(connection), builder => builder.UseNpgsql(connection), null);
}

/// <summary>Counts who uses something, for whoever waits until nobody does.</summary>
sealed class Uses
{
    readonly Lock gate = new();
    int count;
    TaskCompletionSource? none;

    public void Enter()
    {
        lock (gate) count++;
    }

    public void Leave()
    {
        lock (gate)
        {
            if (--count == 0) none?.TrySetResult();
        }
    }

    public Task WhenNone()
    {
        lock (gate)
        {
            if (count == 0) return Task.CompletedTask;
            none = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return none.Task;
        }
    }
}

using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace MallBots.Sidecar.Storage;

/// <summary>A connection that keeps its commands prepared: parsing SQL would cost more than running it. Used by one thread at a time.</summary>
internal sealed class SqliteSession(string connectionString) : SqliteConnection(connectionString)
{
    readonly Dictionary<string, SqliteCommand> prepared = new(StringComparer.Ordinal);
    readonly Dictionary<string, sqlite3_stmt> controls = new(StringComparer.Ordinal);

    /// <summary>Runs SQL (constant text: it is kept) with the values of its parameters $1, $2 …; answers the number of rows changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepared(sql, values).ExecuteNonQuery();

    /// <summary>Runs a statement without parameters or rows (BEGIN, SAVEPOINT, COMMIT …) past the costs of ADO.NET: there are several for each write.</summary>
    public void Control(string sql)
    {
        if (!controls.TryGetValue(sql, out var statement))
        {
            SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(Handle, sql, out statement), Handle);
            controls[sql] = statement;
        }

        raw.sqlite3_step(statement);

        // Reset answers the step's error, if it had one.
        SqliteException.ThrowExceptionForRC(raw.sqlite3_reset(statement), Handle);
    }

    /// <summary>The first row, or default when there is none.</summary>
    public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Prepared(sql, values).ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    /// <summary>All rows.</summary>
    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Prepared(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    /// <summary>How many pages this connection has written since it was asked last.</summary>
    public int TakePagesWritten()
    {
        raw.sqlite3_db_status(Handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1);
        return pages;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var command in prepared.Values) command.Dispose();
            foreach (var statement in controls.Values) statement.Dispose();
            prepared.Clear();
            controls.Clear();
        }

        base.Dispose(disposing);
    }

    SqliteCommand Prepared(string sql, ReadOnlySpan<object?> values)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            command = CreateCommand();
            command.CommandText = sql;
            for (var position = 1; position <= values.Length; position++)
                command.Parameters.Add(new SqliteParameter { ParameterName = "$" + position });
            prepared[sql] = command;
        }

        for (var position = 0; position < values.Length; position++) command.Parameters[position].Value = values[position] ?? DBNull.Value;
        return command;
    }
}

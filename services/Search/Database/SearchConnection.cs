using System.Data.Common;

namespace MallBots.Search.Database;

/// <summary>An open connection; as long as there is one, its file stays where it is.</summary>
/// <param name="connection">The connection, which is closed with this.</param>
/// <param name="engine">The database that it leads to.</param>
sealed class SearchConnection(DbConnection connection, Engine engine) : IAsyncDisposable
{
    public Engine Engine => engine;

    public DbCommand Command(string sql, params ReadOnlySpan<(string Name, object Value)> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@{name}", value);
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public async Task<DbTransaction> Begin() => await connection.BeginTransactionAsync();

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        engine.Uses.Leave();
    }
}

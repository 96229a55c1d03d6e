using MallBots.ServiceKit.Messaging;

namespace MallBots.Search.Database;

/// <summary>How far the owners' feeds are walked, kept beside the rows: a new database begins with all entities, so it fills itself.</summary>
sealed class FeedCursors(SearchDatabase database, RowWriter writer) : IFeedCursors
{
    public async Task<string?> Get(string owner, CancellationToken cancel)
    {
        await using var connection = await database.Connect(cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT cursor FROM feed_cursors WHERE owner = @owner";
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("@owner", owner);
        command.Parameters.Add(parameter);
        return await command.ExecuteScalarAsync(cancel) as string;
    }

    public Task Set(string owner, string cursor, CancellationToken cancel) => writer.Write(rows => rows.Execute(
        "INSERT INTO feed_cursors (owner, cursor) VALUES (@owner, @cursor) ON CONFLICT (owner) DO UPDATE SET cursor = excluded.cursor",
        ("owner", owner), ("cursor", cursor)));
}

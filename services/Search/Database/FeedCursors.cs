using System.Collections.Concurrent;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Search.Database;

/// <summary>How far the owners' feeds are walked, kept beside the rows: a new database begins with all entities, so it fills itself.</summary>
sealed class FeedCursors(SearchDatabase database, RowWriter writer) : IFeedCursors
{
    // Which database each walk began with: when that was set aside meanwhile, the new one does not have what the walk went over before.
    readonly ConcurrentDictionary<string, Engine> walked = new();

    public Task<string?> Get(string owner, CancellationToken cancel) => database.Read(async connection =>
    {
        walked[owner] = connection.Engine;
        await using var command = connection.Command("SELECT cursor FROM feed_cursors WHERE owner = @owner", ("owner", owner));
        return await command.ExecuteScalarAsync(cancel) as string;
    }, cancel);

    public Task Set(string owner, string cursor, CancellationToken cancel) => writer.Write(async rows =>
    {
        if (!walked.TryGetValue(owner, out var begun) || begun != rows.Engine) return;
        await rows.Execute(
            "INSERT INTO feed_cursors (owner, cursor) VALUES (@owner, @cursor) ON CONFLICT (owner) DO UPDATE SET cursor = excluded.cursor",
            ("owner", owner), ("cursor", cursor));
    });
}

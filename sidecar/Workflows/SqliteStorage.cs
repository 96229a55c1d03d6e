using Dapr.DurableTask.Protobuf;
using Google.Protobuf;
using MallBots.Sidecar.Storage;

namespace MallBots.Sidecar.Workflows;

/// <summary>
/// Keeps instances in the SQLite file of the state store: a row for each instance, one for each turn's part of the history, one for each event
/// that waits in an inbox. Commits are shared with everything else that is written to the file.
/// </summary>
internal sealed class SqliteStorage : IWorkflowStorage
{
    const string Schema = """
        CREATE TABLE IF NOT EXISTS workflow_instance (
          app TEXT NOT NULL, id TEXT NOT NULL, has_ended INTEGER NOT NULL, custom_status TEXT, keep_until INTEGER,
          PRIMARY KEY (app, id)) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS workflow_unfinished ON workflow_instance (app, id) WHERE has_ended = 0;
        CREATE INDEX IF NOT EXISTS workflow_expiring ON workflow_instance (app, keep_until) WHERE keep_until IS NOT NULL;
        CREATE TABLE IF NOT EXISTS workflow_history (
          app TEXT NOT NULL, id TEXT NOT NULL, turn INTEGER NOT NULL, events BLOB NOT NULL, PRIMARY KEY (app, id, turn)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS workflow_inbox (
          app TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL, event BLOB NOT NULL, PRIMARY KEY (app, id, position)) WITHOUT ROWID;
        """;

    // Few enough that a commit which forgets them keeps no one waiting.
    const int RemovedTogether = 200;

    readonly SqliteFile file;
    readonly string appId;

    SqliteStorage(SqliteFile file, string appId)
    {
        this.file = file;
        this.appId = appId;
    }

    /// <summary>Opens the app's instances in the file; the storage closes the file when it is disposed.</summary>
    public static async Task<SqliteStorage> OpenAsync(SqliteFile file, string appId)
    {
        await file.Write(session => session.Execute(Schema));
        return new SqliteStorage(file, appId);
    }

    public Task StoreAsync(IReadOnlyList<InstanceChange> changes)
    {
        // Serialized here, on the caller's thread: the one writer has enough to do.
        var prepared = new Prepared[changes.Count];
        for (var index = 0; index < prepared.Length; index++) prepared[index] = new Prepared(changes[index]);
        return file.Write(session =>
        {
            foreach (var change in prepared) Store(session, change);
        });
    }

    public Task<IReadOnlyList<StoredInstance>> LoadUnfinishedAsync() => file.Read<IReadOnlyList<StoredInstance>>(session =>
    {
        var ids = session.Rows("SELECT id FROM workflow_instance WHERE app = $1 AND has_ended = 0", row => row.GetString(0), appId);
        return [.. ids.Select(id => Load(session, id)!)];
    });

    public Task<StoredInstance?> LoadAsync(string instanceId) => file.Read(session => Load(session, instanceId));

    public Task<IReadOnlyList<string>> ListAsync(string? after, int count) => file.Read<IReadOnlyList<string>>(session => session.Rows(
        "SELECT id FROM workflow_instance WHERE app = $1 AND id > $2 ORDER BY id LIMIT $3", row => row.GetString(0), appId, after ?? "", count));

    public async Task<DateTimeOffset?> RemoveExpiredAsync(DateTimeOffset now)
    {
        while (await file.Write(session => RemoveSome(session, now)) == RemovedTogether)
        {
            // There are more; others write in between.
        }

        var next = await file.Read(session => session.First<long?>(
            "SELECT keep_until FROM workflow_instance WHERE app = $1 AND keep_until IS NOT NULL ORDER BY keep_until LIMIT 1",
            row => row.GetInt64(0),
            appId));
        return next is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();

    void Store(SqliteSession session, Prepared prepared)
    {
        var change = prepared.Change;
        var id = change.InstanceId;
        if (change.IsRemoved || change.StartsAnew) Remove(session, id);
        if (change.IsRemoved) return;

        if (change.StartsAnew)
        {
            session.Execute(
                "INSERT INTO workflow_instance (app, id, has_ended, custom_status) VALUES ($1, $2, 0, $3)", appId, id, change.CustomStatus);
        }

        for (var index = 0; index < prepared.Inbox.Length; index++)
        {
            session.Execute(
                "INSERT INTO workflow_inbox (app, id, position, event) VALUES ($1, $2, $3, $4)",
                appId,
                id,
                change.InboxPosition + index,
                prepared.Inbox[index]);
        }

        if (change.Turn is not { } turn) return;
        session.Execute("DELETE FROM workflow_inbox WHERE app = $1 AND id = $2 AND position < $3", appId, id, turn.InboxTakenThrough);
        session.Execute("INSERT INTO workflow_history (app, id, turn, events) VALUES ($1, $2, $3, $4)", appId, id, turn.Number, prepared.History);
        if (prepared.ChangesInstance)
        {
            session.Execute(
                "UPDATE workflow_instance SET has_ended = $3, custom_status = $4, keep_until = $5 WHERE app = $1 AND id = $2",
                appId,
                id,
                turn.HasEnded ? 1 : 0,
                turn.CustomStatus,
                turn.KeepUntil?.UtcTicks);
        }
    }

    int RemoveSome(SqliteSession session, DateTimeOffset now)
    {
        var expired = session.Rows(
            "SELECT id FROM workflow_instance WHERE app = $1 AND keep_until <= $2 ORDER BY keep_until LIMIT $3",
            row => row.GetString(0),
            appId,
            now.UtcTicks,
            RemovedTogether);
        foreach (var id in expired) Remove(session, id);
        return expired.Count;
    }

    void Remove(SqliteSession session, string id)
    {
        session.Execute("DELETE FROM workflow_history WHERE app = $1 AND id = $2", appId, id);
        session.Execute("DELETE FROM workflow_inbox WHERE app = $1 AND id = $2", appId, id);
        session.Execute("DELETE FROM workflow_instance WHERE app = $1 AND id = $2", appId, id);
    }

    StoredInstance? Load(SqliteSession session, string id)
    {
        var found = session.First("SELECT custom_status FROM workflow_instance WHERE app = $1 AND id = $2", row => new Header(Text(row, 0)), appId, id);
        if (found is null) return null;

        var turns = session.Rows(
            "SELECT turn, events FROM workflow_history WHERE app = $1 AND id = $2 ORDER BY turn",
            row => (Number: row.GetInt32(0), GetInstanceHistoryResponse.Parser.ParseFrom((byte[])row[1]).Events),
            appId,
            id);
        var inbox = session.Rows(
            "SELECT position, event FROM workflow_inbox WHERE app = $1 AND id = $2 ORDER BY position",
            row => (Position: row.GetInt64(0), Event: HistoryEvent.Parser.ParseFrom((byte[])row[1])),
            appId,
            id);
        return new StoredInstance(
            id,
            found.CustomStatus,
            turns.Count == 0 ? 0 : turns[^1].Number,
            [.. turns.SelectMany(turn => turn.Events)],
            [.. inbox.Select(waiting => waiting.Event)],
            inbox.Count == 0 ? 0 : inbox[0].Position);
    }

    static string? Text(Microsoft.Data.Sqlite.SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    sealed record Header(string? CustomStatus);

    sealed class Prepared(InstanceChange change)
    {
        public InstanceChange Change { get; } = change;

        public byte[][] Inbox { get; } = [.. change.Inbox.Select(waiting => waiting.ToByteArray())];

        // A turn's part of the history is one value: the message that the API answers a whole history with.
        public byte[] History { get; } = change.Turn is { } turn ? new GetInstanceHistoryResponse { Events = { turn.Events } }.ToByteArray() : [];

        public bool ChangesInstance => Change.Turn is { } turn && (turn.HasEnded || turn.CustomStatusChanged);
    }
}

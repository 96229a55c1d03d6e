using System.Data.Common;
using MallBots.ServiceKit;
using MallBots.ServiceKit.State;

namespace MallBots.Search.Database;

/// <summary>
/// Writes rows, many in one short transaction: what comes in while one is under way goes into the next. There is one writer for each process, so
/// nothing in it waits for a lock of SQLite.
/// </summary>
sealed class RowWriter : IAsyncDisposable
{
    readonly SearchDatabase database;
    readonly Batcher<Pending> batcher;
    readonly Dictionary<string, DbCommand> commands = [];
    SearchConnection? connection;

    public RowWriter(SearchDatabase database)
    {
        this.database = database;
        batcher = new Batcher<Pending>(WriteAll);
        database.Broke += () => _ = batcher.Add(new Pending(_ => Task.CompletedTask)); // It has the file open: it is to let go of it.
    }

    /// <summary>The database that a change is written to; only for use inside it.</summary>
    public Engine Engine => connection!.Engine;

    /// <summary>Completes when the change is committed; a change may run more than once.</summary>
    /// <exception cref="UnavailableException">The database did not answer, or was busy.</exception>
    public async Task Write(Func<RowWriter, Task> change)
    {
        var pending = new Pending(change);
        await batcher.Add(pending);
        if (pending.Fault is { } fault) throw fault;
    }

    /// <summary>Runs a statement; only for use inside a change.</summary>
    /// <returns>How many rows it touched.</returns>
    public async Task<int> Execute(string sql, params (string Name, object Value)[] values)
    {
        if (!commands.TryGetValue(sql, out var command))
        {
            commands[sql] = command = connection!.Command(sql, values);
        }

        for (var index = 0; index < values.Length; index++) command.Parameters[index].Value = values[index].Value;
        command.Transaction = transaction;
        return await command.ExecuteNonQueryAsync();
    }

    DbTransaction? transaction;

    public async ValueTask DisposeAsync() => await Disconnect();

    async Task WriteAll(IReadOnlyList<Pending> batch)
    {
        if (await Commit(batch) is not { } fault) return;
        if (batch.Count == 1 || fault is UnavailableException)
        {
            foreach (var pending in batch) pending.Fault = fault;
            return;
        }

        // One of them can't be written at all: it must not take the others with it.
        foreach (var pending in batch) pending.Fault = await Commit([pending]);
    }

    /// <summary>One transaction; the fault that undid it.</summary>
    async Task<Exception?> Commit(IReadOnlyList<Pending> batch)
    {
        try
        {
            if (connection is { } left && !database.Uses(left.Engine)) await Disconnect();
            connection ??= await database.Connect(CancellationToken.None);
            await using (transaction = await connection.Begin())
            {
                foreach (var pending in batch) await pending.Change(this);
                await transaction.CommitAsync();
            }

            return null;
        }
        catch (Exception fault)
        {
            var met = connection is { } on ? database.Met(fault, on.Engine) : fault;
            await Disconnect(); // It may be broken; a new one costs little.
            return met;
        }
        finally
        {
            transaction = null;
        }
    }

    async Task Disconnect()
    {
        foreach (var command in commands.Values) await command.DisposeAsync();
        commands.Clear();
        if (connection is not null) await connection.DisposeAsync();
        connection = null;
    }

    sealed class Pending(Func<RowWriter, Task> change)
    {
        public Func<RowWriter, Task> Change { get; } = change;

        public Exception? Fault { get; set; }
    }
}

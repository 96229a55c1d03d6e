using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace MallBots.Sidecar.Storage;

/// <summary>
/// One SQLite database, shared by everything in this process that names the same path. Writes are group-committed: whatever waits when the
/// writer is free goes into one transaction, so the cost of a commit is shared, and a task completes only after the commit. WAL with
/// synchronous=NORMAL survives a killed process (the operating system has the pages); only a power cut can lose the last commits.
/// </summary>
internal sealed class SqliteFile : IAsyncDisposable
{
    static readonly Dictionary<string, SqliteFile> OpenFiles = new(StringComparer.Ordinal);

    // A batch is bounded so that the first in it does not wait for an endless stream of later ones.
    const int LargestBatch = 512;

    readonly Channel<WriteJob> jobs = Channel.CreateUnbounded<WriteJob>(new UnboundedChannelOptions { SingleReader = true });
    readonly ConcurrentStack<SqliteSession> readers = new();
    readonly string connectionString;
    readonly SqliteSession writer;
    readonly Task writing;
    int users = 1;

    SqliteFile(string? path)
    {
        Path = path;
        connectionString = new SqliteConnectionStringBuilder { DataSource = path ?? ":memory:", Pooling = false }.ToString();
        writer = OpenSession();
        writing = Task.Run(WriteLoop);
    }

    /// <summary>The file's full path; null for a database in memory.</summary>
    public string? Path { get; }

    /// <summary>Opens the file, or joins those who have it open; each caller disposes its own opening.</summary>
    public static SqliteFile Open(string path)
    {
        var fullPath = System.IO.Path.GetFullPath(path);
        lock (OpenFiles)
        {
            if (OpenFiles.TryGetValue(fullPath, out var open))
            {
                open.users++;
                return open;
            }

            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(fullPath)!);
            return OpenFiles[fullPath] = new SqliteFile(fullPath);
        }
    }

    /// <summary>A database of its own that is gone when it is disposed: for tests and runs that keep nothing.</summary>
    public static SqliteFile OpenInMemory() => new(path: null);

    /// <summary>
    /// Runs the work in the next transaction; the task completes after its commit. Work that throws is undone alone (it has its own savepoint)
    /// and its task fails. It runs on the writer, so it must be short and must not wait for anything.
    /// </summary>
    public Task<T> Write<T>(Func<SqliteSession, T> work)
    {
        var job = new WriteJob<T>(work);
        return jobs.Writer.TryWrite(job) ? job.Task : Task.FromException<T>(new ObjectDisposedException(nameof(SqliteFile)));
    }

    /// <inheritdoc cref="Write{T}(Func{SqliteSession, T})"/>
    public Task Write(Action<SqliteSession> work) => Write(session =>
    {
        work(session);
        return true;
    });

    /// <summary>Runs the work on a read connection, on the caller's thread: what it reads is in the page cache.</summary>
    public Task<T> Read<T>(Func<SqliteSession, T> work)
    {
        // A database in memory belongs to its only connection.
        if (Path is null) return Write(work);

        if (!readers.TryPop(out var session)) session = OpenSession();
        try
        {
            return Task.FromResult(work(session));
        }
        finally
        {
            readers.Push(session);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (OpenFiles)
        {
            if (--users > 0) return;
            if (Path is not null) OpenFiles.Remove(Path);
            jobs.Writer.TryComplete();
        }

        await writing;
        while (readers.TryPop(out var session)) session.Dispose();
        writer.Dispose();
    }

    SqliteSession OpenSession()
    {
        var session = new SqliteSession(connectionString);
        session.Open();
        session.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY;");
        return session;
    }

    async Task WriteLoop()
    {
        var batch = new List<WriteJob>(LargestBatch);
        while (await jobs.Reader.WaitToReadAsync())
        {
            while (batch.Count < LargestBatch && jobs.Reader.TryRead(out var job)) batch.Add(job);
            try
            {
                CommitTogether(batch);
                foreach (var job in batch) job.Complete();
            }
            catch (SqliteException fault)
            {
                RollBack();
                foreach (var job in batch) job.Fail(fault);
            }

            batch.Clear();
        }
    }

    void CommitTogether(List<WriteJob> batch)
    {
        writer.Execute("BEGIN IMMEDIATE");
        foreach (var job in batch)
        {
            writer.Execute("SAVEPOINT job");
            if (!job.TryRun(writer)) writer.Execute("ROLLBACK TO job");
            writer.Execute("RELEASE job");
        }

        writer.Execute("COMMIT");
    }

    void RollBack()
    {
        try
        {
            writer.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // Some faults (disk full, I/O) have rolled back already, and then there is no transaction left: that is what we want.
        }
    }

    abstract class WriteJob
    {
        public abstract bool TryRun(SqliteSession session);

        public abstract void Complete();

        public abstract void Fail(Exception fault);
    }

    sealed class WriteJob<T>(Func<SqliteSession, T> work) : WriteJob
    {
        readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception? failure;
        T? result;

        public Task<T> Task => completion.Task;

        public override bool TryRun(SqliteSession session)
        {
            try
            {
                result = work(session);
                return true;
            }
            catch (Exception thrown)
            {
                failure = thrown;
                return false;
            }
        }

        public override void Complete()
        {
            if (failure is null) completion.SetResult(result!);
            else completion.SetException(failure);
        }

        public override void Fail(Exception fault) => completion.SetException(failure ?? fault);
    }
}

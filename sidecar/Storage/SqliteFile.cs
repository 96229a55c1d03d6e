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

    // In pages of 4 kB: how much is written before the next checkpoint, and how long the log may grow when checkpoints never catch up.
    const int PagesBetweenCheckpoints = 4_000;
    const int LongestLog = 16_000;

    readonly Channel<WriteJob> jobs = Channel.CreateUnbounded<WriteJob>(new UnboundedChannelOptions { SingleReader = true });
    readonly ConcurrentStack<SqliteSession> readers = new();
    readonly string connectionString;
    readonly SqliteSession writer;
    readonly Task writing;
    Task checkpoint = Task.CompletedTask;
    int pagesSinceCheckpoint;
    volatile bool logIsTooLong;
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

        // One that failed is made up for when the last connection closes.
        await checkpoint.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (readers.TryPop(out var session)) session.Dispose();
        writer.Dispose();
    }

    SqliteSession OpenSession()
    {
        var session = new SqliteSession(connectionString);
        session.Open();
        session.Execute(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA busy_timeout=5000; " +
            "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000; PRAGMA mmap_size=268435456;");
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
                CheckpointNowAndThen();
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
        writer.Control("BEGIN IMMEDIATE");
        foreach (var job in batch)
        {
            writer.Control("SAVEPOINT job");
            if (!job.TryRun(writer)) writer.Control("ROLLBACK TO job");
            writer.Control("RELEASE job");
        }

        writer.Control("COMMIT");
    }

    /// <summary>
    /// Moves the log's pages into the database beside the writer: a checkpoint syncs files, which can take longer than thousands of commits.
    /// Only when writes come without a pause, so that the log could never start anew, the writer itself does what little is left.
    /// </summary>
    void CheckpointNowAndThen()
    {
        if (Path is null) return;
        if (logIsTooLong)
        {
            writer.Execute("PRAGMA wal_checkpoint(RESTART)");
            logIsTooLong = false;
        }

        pagesSinceCheckpoint += writer.TakePagesWritten();
        if (pagesSinceCheckpoint < PagesBetweenCheckpoints || !checkpoint.IsCompleted) return;
        pagesSinceCheckpoint = 0;
        checkpoint = Task.Run(() => Read(session => logIsTooLong = session.First("PRAGMA wal_checkpoint(PASSIVE)", row => row.GetInt32(1)) > LongestLog));
    }

    void RollBack()
    {
        try
        {
            writer.Control("ROLLBACK");
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

using System.Text.Json;
using System.Threading.Channels;
using MallBots.Sidecar.Storage;

namespace MallBots.Sidecar.PubSub.Brokers.Embedded;

/// <summary>
/// Keeps messages in SQLite, in three tables: the messages, the groups, and a row for each message that a group has yet to acknowledge.
/// Everything goes through one queue, so that what waits is written in one transaction, and callbacks run in the order of the queue.
/// </summary>
internal sealed class SqliteMessageStore : IMessageStore
{
    const int LargestBatch = 512;

    // Trimming looks at a topic only now and then: a few more messages than asked for do no harm.
    const int TrimEvery = 256;

    readonly Channel<Operation> operations = Channel.CreateUnbounded<Operation>(new UnboundedChannelOptions { SingleReader = true });
    readonly Dictionary<(string Topic, string Group), long> groupKeys = [];
    readonly Dictionary<string, RetainedTopic> retainedTopics = new(StringComparer.Ordinal);
    readonly SqliteFile file;
    readonly string component;
    readonly BrokerSettings settings;
    readonly TimeProvider clock;
    readonly ILogger log;
    Task writing = Task.CompletedTask;

    public SqliteMessageStore(SqliteFile file, string component, BrokerSettings settings, TimeProvider clock, ILogger log)
    {
        this.file = file;
        this.component = component;
        this.settings = settings;
        this.clock = clock;
        this.log = log;
    }

    public bool CanLoad => true;

    public async Task<IReadOnlyList<StoredGroup>> OpenAsync()
    {
        var groups = await file.Write(session =>
        {
            CreateTables(session);
            return ReadGroups(session);
        });
        writing = Task.Run(WriteLoopAsync);
        return groups;
    }

    public Task AppendAsync(string topic, IReadOnlyList<BrokerMessage> messages, IReadOnlyList<string> groups, Action<long> stored)
    {
        var published = clock.GetUtcNow();
        return Enqueue(new Operation<long>(session => Append(session, topic, messages, groups, published), stored));
    }

    public Task JoinAsync(string topic, string group, Action<IReadOnlyList<StoredDelivery>> joined) =>
        Enqueue(new Operation<IReadOnlyList<StoredDelivery>>(session => Join(session, topic, group), joined));

    public void Acknowledge(string topic, string group, long id) => EnqueueUnattended(new Operation<int>(session =>
        session.Execute("DELETE FROM pubsub_delivery WHERE message = $1 AND consumer = $2", id, groupKeys[(topic, group)])));

    public void RecordAttempts(string topic, string group, long id, int attempts) => EnqueueUnattended(new Operation<int>(session =>
        session.Execute("UPDATE pubsub_delivery SET attempts = $3 WHERE message = $1 AND consumer = $2", id, groupKeys[(topic, group)], attempts)));

    public BrokerMessage? Load(long id)
    {
        // Reads run on the caller's thread and are complete when they return.
        var read = file.Read(session => session.First(
            "SELECT data, metadata FROM pubsub_message WHERE id = $1",
            row => new BrokerMessage((byte[])row[0], ReadMetadata(row.GetString(1))),
            id));
        return read.GetAwaiter().GetResult();
    }

    public async ValueTask DisposeAsync()
    {
        operations.Writer.TryComplete();
        await writing;
        await file.DisposeAsync();
    }

    static void CreateTables(SqliteSession session)
    {
        session.Execute(
            "CREATE TABLE IF NOT EXISTS pubsub_message (id INTEGER PRIMARY KEY, component TEXT NOT NULL, topic TEXT NOT NULL, published INTEGER NOT NULL, metadata TEXT NOT NULL, data BLOB NOT NULL)");
        session.Execute("CREATE INDEX IF NOT EXISTS pubsub_message_topic ON pubsub_message (component, topic, published)");
        session.Execute(
            "CREATE TABLE IF NOT EXISTS pubsub_consumer (id INTEGER PRIMARY KEY, component TEXT NOT NULL, app TEXT NOT NULL, topic TEXT NOT NULL, UNIQUE (component, app, topic))");

        // What a consumer group has yet to acknowledge.
        session.Execute(
            "CREATE TABLE IF NOT EXISTS pubsub_delivery (message INTEGER NOT NULL, consumer INTEGER NOT NULL, attempts INTEGER NOT NULL, PRIMARY KEY (message, consumer)) WITHOUT ROWID");
    }

    List<StoredGroup> ReadGroups(SqliteSession session)
    {
        var groups = new List<StoredGroup>();
        foreach (var (key, app, topic) in session.Rows(
            "SELECT id, app, topic FROM pubsub_consumer WHERE component = $1", row => (row.GetInt64(0), row.GetString(1), row.GetString(2)), component))
        {
            groupKeys[(topic, app)] = key;
            groups.Add(new StoredGroup(topic, app, session.Rows(
                "SELECT message, attempts FROM pubsub_delivery WHERE consumer = $1 ORDER BY message",
                row => new StoredDelivery(row.GetInt64(0), Message: null, row.GetInt32(1)),
                key)));
        }

        return groups;
    }

    long Append(SqliteSession session, string topic, IReadOnlyList<BrokerMessage> messages, IReadOnlyList<string> groups, DateTimeOffset published)
    {
        var firstId = 0L;
        foreach (var message in messages)
        {
            var id = session.First(
                "INSERT INTO pubsub_message (component, topic, published, metadata, data) VALUES ($1, $2, $3, $4, $5) RETURNING id",
                row => row.GetInt64(0),
                component, topic, published.ToUnixTimeMilliseconds(), WriteMetadata(message.Metadata), message.Data);
            if (firstId == 0) firstId = id;
            foreach (var group in groups)
                session.Execute("INSERT INTO pubsub_delivery (message, consumer, attempts) VALUES ($1, $2, 0)", id, groupKeys[(topic, group)]);
        }

        if (Retained(topic).IsToBeTrimmedAfter(messages.Count)) Trim(session, topic, published);
        return firstId;
    }

    List<StoredDelivery> Join(SqliteSession session, string topic, string group)
    {
        Trim(session, topic, clock.GetUtcNow());
        var key = session.First(
            "INSERT INTO pubsub_consumer (component, app, topic) VALUES ($1, $2, $3) RETURNING id", row => row.GetInt64(0), component, group, topic);
        groupKeys[(topic, group)] = key;
        session.Execute(
            "INSERT INTO pubsub_delivery (message, consumer, attempts) SELECT id, $3, 0 FROM pubsub_message WHERE component = $1 AND topic = $2", component, topic, key);
        return session.Rows(
            "SELECT message FROM pubsub_delivery WHERE consumer = $1 ORDER BY message", row => new StoredDelivery(row.GetInt64(0), Message: null, Attempts: 0), key);
    }

    /// <summary>Takes away what is too old or too much to be retained, and what no group has yet to acknowledge.</summary>
    void Trim(SqliteSession session, string topic, DateTimeOffset now)
    {
        var newestTooMany = session.First(
            "SELECT published FROM pubsub_message WHERE component = $1 AND topic = $2 ORDER BY published DESC, id DESC LIMIT 1 OFFSET $3",
            row => row.GetInt64(0), component, topic, settings.RetainedMessages);
        var oldestRetained = Math.Max(newestTooMany, (now - settings.RetainedFor).ToUnixTimeMilliseconds());
        session.Execute(
            """
            DELETE FROM pubsub_message WHERE component = $1 AND topic = $2 AND published < $3
            AND NOT EXISTS (SELECT 1 FROM pubsub_delivery WHERE message = pubsub_message.id)
            """,
            component, topic, oldestRetained);
    }

    async Task WriteLoopAsync()
    {
        var batch = new List<Operation>(LargestBatch);
        while (await operations.Reader.WaitToReadAsync())
        {
            while (batch.Count < LargestBatch && operations.Reader.TryRead(out var operation)) batch.Add(operation);
            try
            {
                await file.Write(session =>
                {
                    foreach (var operation in batch) operation.Run(session);
                });
                foreach (var operation in batch) operation.Complete();
            }
            catch (Exception fault)
            {
                // Publishers are told; an acknowledgement that is lost costs a redelivery after the next start.
                log.LogError(fault, "{Count} changes of {Component} could not be written", batch.Count, component);
                foreach (var operation in batch) operation.Fail(fault);
            }

            batch.Clear();
        }
    }

    Task Enqueue(Operation operation) =>
        operations.Writer.TryWrite(operation) ? operation.Task : Task.FromException(new ObjectDisposedException(nameof(SqliteMessageStore)));

    // After the end of the store there is nobody who could note it: the message comes again after the next start.
    void EnqueueUnattended(Operation operation) => operations.Writer.TryWrite(operation);

    RetainedTopic Retained(string topic)
    {
        if (!retainedTopics.TryGetValue(topic, out var retained)) retainedTopics[topic] = retained = new RetainedTopic();
        return retained;
    }

    static string WriteMetadata(IReadOnlyDictionary<string, string> metadata) => metadata.Count == 0 ? "" : JsonSerializer.Serialize(metadata);

    static IReadOnlyDictionary<string, string> ReadMetadata(string text) =>
        text.Length == 0 ? CloudEvents.PublishMetadata.None : JsonSerializer.Deserialize<Dictionary<string, string>>(text)!;

    sealed class RetainedTopic
    {
        int sinceTrimmed;

        public bool IsToBeTrimmedAfter(int messages)
        {
            sinceTrimmed += messages;
            if (sinceTrimmed < TrimEvery) return false;
            sinceTrimmed = 0;
            return true;
        }
    }

    abstract class Operation
    {
        readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Task => completion.Task;

        public abstract void Run(SqliteSession session);

        public virtual void Complete() => completion.SetResult();

        public void Fail(Exception fault)
        {
            completion.SetException(fault);

            // Not everyone waits for it.
            _ = completion.Task.Exception;
        }
    }

    sealed class Operation<T>(Func<SqliteSession, T> work, Action<T>? completed = null) : Operation
    {
        T? result;

        public override void Run(SqliteSession session) => result = work(session);

        public override void Complete()
        {
            completed?.Invoke(result!);
            base.Complete();
        }
    }
}

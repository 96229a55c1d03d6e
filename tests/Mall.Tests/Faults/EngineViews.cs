using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using StackExchange.Redis;

namespace MallBots.Mall.Tests.Faults;

/// <summary>Looks into the engines behind the sidecars' backs.</summary>
interface IEngineView : IAsyncDisposable
{
    /// <summary>Folder of the components to run on; null for the embedded ones.</summary>
    string? ComponentsFolder { get; }

    /// <summary>The size in bytes of every document of all apps, by key.</summary>
    Task<IReadOnlyList<(string Key, long Bytes)>> Documents();

    /// <summary>Every message that the broker took, in the order it took them.</summary>
    Task<IReadOnlyList<Message>> Messages();

    /// <summary>How many deliveries are yet to be acknowledged.</summary>
    Task<long> WaitingDeliveries();
}

/// <summary>An event as the broker has it.</summary>
sealed record Message(string Topic, string Entity, long Version)
{
    public static Message Of(string topic, byte[] envelope)
    {
        using var json = JsonDocument.Parse(envelope);
        var version = json.RootElement.GetProperty("aggregateversion");
        return new(topic, json.RootElement.GetProperty("subject").GetString()!, long.Parse(version.ToString(), CultureInfo.InvariantCulture));
    }
}

/// <summary>The SQLite file of a mall with a data folder.</summary>
sealed class SqliteView(DirectoryInfo? folder) : IEngineView
{
    public string? ComponentsFolder => null;

    public Task<IReadOnlyList<(string Key, long Bytes)>> Documents() => Query("SELECT key, length(value) FROM state", row => (row.GetString(0), row.GetInt64(1)));

    public Task<IReadOnlyList<Message>> Messages() => Query("SELECT topic, data FROM pubsub_message ORDER BY id", row => Message.Of(row.GetString(0), (byte[])row[1]));

    public async Task<long> WaitingDeliveries() => (await Query("SELECT count(*) FROM pubsub_delivery", row => row.GetInt64(0)))[0];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    async Task<IReadOnlyList<T>> Query<T>(string sql, Func<SqliteDataReader, T> read)
    {
        var file = Path.Combine(folder?.FullName ?? throw new InvalidOperationException("What is in memory can't be seen."), "data", "mall.db");
        await using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var rows = await command.ExecuteReaderAsync();
        List<T> all = [];
        while (await rows.ReadAsync()) all.Add(read(rows));
        return all;
    }
}

/// <summary>A database of a Redis, emptied and taken for one mall.</summary>
sealed class RedisView : IEngineView
{
    static readonly Channel<int> Free = Databases();

    readonly ConnectionMultiplexer connection;
    readonly int database;

    RedisView(ConnectionMultiplexer connection, int database, string components) => (this.connection, this.database, ComponentsFolder) = (connection, database, components);

    public string? ComponentsFolder { get; }

    IDatabase Redis => connection.GetDatabase(database);

    /// <summary>Waits for a free database, empties it, and writes components for it into the folder.</summary>
    public static async Task<RedisView> Take(DirectoryInfo folder)
    {
        var host = Environment.GetEnvironmentVariable("MALLBOTS_REDIS") ?? throw new InvalidOperationException("MALLBOTS_FAULTS_ENGINE is redis, and MALLBOTS_REDIS does not say where it is.");
        var database = await Free.Reader.ReadAsync();
        var connection = await ConnectionMultiplexer.ConnectAsync($"{host},allowAdmin=true");
        await connection.GetDatabase(database).ExecuteAsync("FLUSHDB");
        var components = folder.CreateSubdirectory("components");
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "components", "redis")))
            await File.WriteAllTextAsync(
                Path.Combine(components.FullName, Path.GetFileName(file)),
                (await File.ReadAllTextAsync(file)).Replace("value: localhost:6379", $"value: {host}\n    - name: redisDB\n      value: \"{database}\"", StringComparison.Ordinal));
        return new RedisView(connection, database, components.FullName);
    }

    public async Task<IReadOnlyList<(string Key, long Bytes)>> Documents()
    {
        List<(string, long)> all = [];
        foreach (var server in connection.GetServers())
            await foreach (var key in server.KeysAsync(database, "*||*", pageSize: 1000))
                if (await Redis.KeyTypeAsync(key) == RedisType.Hash) all.Add((key.ToString(), await Redis.HashStringLengthAsync(key, "data")));
        return all;
    }

    public async Task<IReadOnlyList<Message>> Messages()
    {
        List<Message> all = [];
        foreach (var topic in await Topics()) all.AddRange((await Redis.StreamRangeAsync(topic)).Select(entry => Message.Of(topic, (byte[])entry["data"]!)));
        return all;
    }

    public async Task<long> WaitingDeliveries()
    {
        var waiting = 0L;
        foreach (var topic in await Topics()) waiting += (await Redis.StreamGroupInfoAsync(topic)).Sum(group => group.PendingMessageCount + (group.Lag ?? 0));
        return waiting;
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.ExecuteAsync("FLUSHDB");
        await connection.DisposeAsync();
        await Free.Writer.WriteAsync(database);
    }

    async Task<List<string>> Topics()
    {
        List<string> topics = [];
        foreach (var server in connection.GetServers())
            await foreach (var key in server.KeysAsync(database, "mallbots.*")) topics.Add(key.ToString());
        return topics;
    }

    static Channel<int> Databases()
    {
        var free = Channel.CreateUnbounded<int>();
        for (var number = 1; number < 16; number++) free.Writer.TryWrite(number); // 0 is that of the scenarios.
        return free;
    }
}

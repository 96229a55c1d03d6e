using System.Globalization;
using System.Text.Json;
using MallBots.TestKit;
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
    readonly RedisDatabase taken;

    RedisView(RedisDatabase taken, string components) => (this.taken, ComponentsFolder) = (taken, components);

    public string? ComponentsFolder { get; }

    IDatabase Redis => taken.Database;

    /// <summary>Waits for a free database, and writes components for it into the folder.</summary>
    public static async Task<RedisView> Take(DirectoryInfo folder)
    {
        var taken = await RedisDatabase.Take();
        var components = Path.Combine(folder.FullName, "components");
        taken.WriteComponents(Path.Combine(AppContext.BaseDirectory, "components", "redis"), components);
        return new RedisView(taken, components);
    }

    public async Task<IReadOnlyList<(string Key, long Bytes)>> Documents()
    {
        List<(string, long)> all = [];
        await foreach (var key in taken.Keys("*||*"))
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

    public ValueTask DisposeAsync() => taken.DisposeAsync();

    async Task<List<string>> Topics()
    {
        List<string> topics = [];
        await foreach (var key in taken.Keys("mallbots.*")) topics.Add(key.ToString());
        return topics;
    }
}

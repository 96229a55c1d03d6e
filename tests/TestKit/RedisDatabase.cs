using StackExchange.Redis;
using Xunit;

namespace MallBots.TestKit;

/// <summary>A database of its own for a test, in the Redis that MALLBOTS_REDIS names (host:port, <c>.ci/run</c> starts one); emptied at the end.</summary>
public sealed class RedisDatabase : IAsyncDisposable
{
    static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    readonly ConnectionMultiplexer connection;
    readonly string host;
    readonly int number;

    RedisDatabase(ConnectionMultiplexer connection, string host, int number) => (this.connection, this.host, this.number) = (connection, host, number);

    /// <summary>Host and port of the Redis that the environment names; null where it names none.</summary>
    public static string? Given { get; } = Environment.GetEnvironmentVariable("MALLBOTS_REDIS") is { Length: > 0 } host ? host : null;

    /// <summary>Skips the test where there is no Redis.</summary>
    public static void SkipWithoutOne() => Assert.SkipWhen(Given is null, "There is no Redis: MALLBOTS_REDIS is not set.");

    /// <summary>What is in it.</summary>
    public IDatabase Database => connection.GetDatabase(number);

    /// <summary>Takes a database that no other test uses, from 1 to 15, and empties it; waits while there is none. 0 is for those who share.</summary>
    public static async Task<RedisDatabase> Take()
    {
        SkipWithoutOne();
        var connection = await ConnectionMultiplexer.ConnectAsync($"{Given},connectTimeout=5000,connectRetry=3,allowAdmin=true");
        var number = 0;
        await Eventually.True(async () =>
        {
            for (number = 1; number <= 15; number++)
                if (await connection.GetDatabase().StringSetAsync(Taken(number), Environment.ProcessId, Longest, When.NotExists)) return true;
            return false;
        }, TimeSpan.FromMinutes(2), $"a database of the Redis at {Given} is free");
        var taken = new RedisDatabase(connection, Given!, number);
        await taken.Database.ExecuteAsync("FLUSHDB");
        return taken;
    }

    /// <summary>Its keys of a pattern.</summary>
    public async IAsyncEnumerable<RedisKey> Keys(string pattern)
    {
        foreach (var server in connection.GetServers())
            await foreach (var key in server.KeysAsync(number, pattern, pageSize: 1000)) yield return key;
    }

    /// <summary>Copies components on Redis into a folder, where they name this Redis and this database.</summary>
    public void WriteComponents(string from, string to) => Write(from, to, host, number);

    /// <summary>Copies components on Redis into a folder, where they name the Redis at this host and one of its databases.</summary>
    public static void Write(string from, string to, string host, int number = 0)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.WriteAllText(Path.Combine(to, Path.GetFileName(file)), File.ReadAllText(file)
                .Replace("localhost:6379", $"{host}\n    - name: redisDB\n      value: \"{number}\"", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await Database.ExecuteAsync("FLUSHDB");
        await connection.GetDatabase().KeyDeleteAsync(Taken(number));
        await connection.DisposeAsync();
    }

    /// <summary>A key in database 0 that says so; a test that was killed can't take it back.</summary>
    static string Taken(int number) => $"mallbots-test||database||{number}";
}

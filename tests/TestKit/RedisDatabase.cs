using StackExchange.Redis;
using Xunit;

namespace MallBots.TestKit;

/// <summary>A database of its own for a test, in the Redis that MALLBOTS_REDIS names (host:port, <c>.ci/run</c> starts one); emptied at the end.</summary>
public sealed class RedisDatabase : IAsyncDisposable
{
    const string TakenKey = "mallbots-test";
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

    /// <summary>Takes a database that nobody uses, from 1 to 15; 0 is for those who share.</summary>
    public static async Task<RedisDatabase> Take()
    {
        SkipWithoutOne();
        var host = Given!;
        var connection = await ConnectionMultiplexer.ConnectAsync($"{host},connectTimeout=5000,connectRetry=3,allowAdmin=true");
        for (var number = 1; number <= 15; number++)
        {
            var database = connection.GetDatabase(number);
            if ((long)await database.ExecuteAsync("DBSIZE") == 0 && await database.StringSetAsync(TakenKey, Environment.ProcessId, TimeSpan.FromHours(1), When.NotExists))
                return new RedisDatabase(connection, host, number);
        }

        await connection.DisposeAsync();
        throw new InvalidOperationException($"No database of the Redis at {host} is empty.");
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
        await connection.DisposeAsync();
    }
}

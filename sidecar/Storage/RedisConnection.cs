using System.Globalization;
using MallBots.Sidecar.Components;
using StackExchange.Redis;

namespace MallBots.Sidecar.Storage;

/// <summary>Opens the Redis of a component by daprd's own settings.</summary>
internal static class RedisConnection
{
    static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Connects; a Redis that does not answer is a <see cref="ResourceException"/>, as daprd does not start either.</summary>
    public static async Task<ConnectionMultiplexer> OpenAsync(Component component)
    {
        var host = component.Setting("redisHost")!;
        var timeout = Timeout(component, "readTimeout");
        var options = new ConfigurationOptions
        {
            EndPoints = { host },
            User = Given(component, "redisUsername"),
            Password = Given(component, "redisPassword"),
            DefaultDatabase = int.TryParse(component.Setting("redisDB"), NumberStyles.None, CultureInfo.InvariantCulture, out var database) ? database : 0,
            Ssl = component.Setting("enableTLS") is "true",
            ConnectTimeout = (int)Timeout(component, "dialTimeout").TotalMilliseconds,
            AsyncTimeout = (int)timeout.TotalMilliseconds,
            SyncTimeout = (int)timeout.TotalMilliseconds,
            AbortOnConnectFail = true,
        };
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(options);
        }
        catch (RedisConnectionException fault)
        {
            throw new ResourceException(component.Source, $"component '{component.Name}' ({component.Type}): no Redis answers at {host}", fault);
        }
    }

    static string? Given(Component component, string setting) => component.Setting(setting) is { Length: > 0 } value ? value : null;

    // Durations, or bare seconds, as daprd has them.
    static TimeSpan Timeout(Component component, string setting)
    {
        if (component.Setting(setting) is not { } text) return DefaultTimeout;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return TimeSpan.FromSeconds(seconds);
        return GoDuration.TryParse(text, out var duration) && duration > TimeSpan.Zero
            ? duration
            : throw new ResourceException(component.Source, $"component '{component.Name}': '{setting}' must be a duration such as 500ms or 3s");
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MallBots.Sidecar.Components;
using StackExchange.Redis;

namespace MallBots.Sidecar.Storage;

/// <summary>The connection settings that all Redis components of Dapr have in common.</summary>
internal static class RedisConnectionText
{
    static readonly TimeSpan DialTimeout = TimeSpan.FromSeconds(5);
    static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(3);
    static readonly TimeSpan FirstDialing = TimeSpan.FromSeconds(30);
    static readonly TimeSpan PauseBetweenTries = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How to connect. A call fails at once while Redis is away instead of waiting in a line: the kit repeats, nobody below it (fact S11).
    /// </summary>
    public static ConfigurationOptions OptionsOf(Component component)
    {
        var host = component.Setting("redisHost") ?? "localhost:6379";
        return new ConfigurationOptions
        {
            EndPoints = { host.Contains(':', StringComparison.Ordinal) ? host : host + ":6379" },
            User = NullIfEmpty(component.Setting("redisUsername")),
            Password = NullIfEmpty(component.Setting("redisPassword")),
            DefaultDatabase = int.TryParse(component.Setting("redisDB"), NumberStyles.None, CultureInfo.InvariantCulture, out var database) ? database : 0,
            Ssl = string.Equals(component.Setting("enableTLS"), "true", StringComparison.OrdinalIgnoreCase),
            ConnectTimeout = Milliseconds(component, "dialTimeout", DialTimeout),
            AsyncTimeout = Milliseconds(component, "readTimeout", ReadTimeout),
            BacklogPolicy = BacklogPolicy.FailFast,
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            Protocol = RedisProtocol.Resp2,
            ClientName = "mallbots-sidecar",
        };
    }

    /// <summary>Connects; a Redis that does not answer, or wants another password, is one clear line.</summary>
    public static async Task<ConnectionMultiplexer> ConnectAsync(Component component, ConfigurationOptions options)
    {
        // At the start patience is cheap: twenty sidecars connect at once on a busy machine. Later calls keep to the component's short time-outs.
        var patient = options.Clone();
        patient.ConnectTimeout = Math.Max(options.ConnectTimeout, (int)DialTimeout.TotalMilliseconds);
        patient.ConnectRetry = 3;
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await OpenAsync(patient);
            }
            catch (Exception fault) when (fault is RedisException or RedisCommandException or TimeoutException)
            {
                // One that listens is slow, or this machine is: worth another try.
                var mayBeSlow = fault is TimeoutException or RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect }
                    && Stopwatch.GetElapsedTime(began) < FirstDialing;
                var listens = await ListensAsync(options.EndPoints[0]);
                if (!mayBeSlow || !listens) throw new ResourceException(component.Source, $"component '{component.Name}' {Reason(fault, listens, options)}", fault);
                await Task.Delay(PauseBetweenTries);
            }
        }
    }

    /// <summary>Tries to connect once and asks it something; null when that works, else why not, beginning with a verb.</summary>
    public static async Task<string?> ProblemOfAsync(Component component)
    {
        var options = OptionsOf(component);
        options.ConnectTimeout = (int)DialTimeout.TotalMilliseconds;
        try
        {
            await using var connection = await OpenAsync(options);
            await connection.GetDatabase().PingAsync();
            return null;
        }
        catch (Exception fault) when (fault is RedisException or RedisCommandException or TimeoutException)
        {
            return Reason(fault, await ListensAsync(options.EndPoints[0]), options);
        }
    }

    /// <summary>How messages name the Redis of these options: `host:port`, and the database when it is not the first.</summary>
    public static string NameOf(ConfigurationOptions options)
    {
        var host = options.EndPoints[0] switch
        {
            DnsEndPoint name => string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}"),
            var address => address.ToString()!,
        };
        return options.DefaultDatabase is > 0 and var database ? string.Create(CultureInfo.InvariantCulture, $"{host} (database {database})") : host;
    }

    static async Task<ConnectionMultiplexer> OpenAsync(ConfigurationOptions options)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        try
        {
            // Only a call that needs the database finds out that there is none of this number.
            if (options.DefaultDatabase > 0) await connection.GetDatabase().KeyExistsAsync("mallbots");
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    static string Reason(Exception fault, bool listens, ConfigurationOptions options) => fault switch
    {
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => options.Password is null
            ? $"has no password for Redis at {NameOf(options)}, which wants one (NOAUTH): set redisPassword"
            : $"has a password that Redis at {NameOf(options)} does not take (WRONGPASS): correct redisPassword{(options.User is null ? "" : " or redisUsername")}",
        RedisCommandException => $"cannot use Redis at {NameOf(options)}: {fault.Message.TrimEnd('.')}: correct redisDB",
        _ when listens => $"cannot talk to what listens at {NameOf(options)}: it does not answer as Redis does; correct redisHost{(options.Ssl ? "" : " (or enableTLS)")}",
        _ => $"cannot reach Redis at {NameOf(options)}: nobody listens there; start it, or correct redisHost",
    };

    static async Task<bool> ListensAsync(EndPoint address)
    {
        using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await probe.ConnectAsync(address).WaitAsync(DialTimeout);
            return true;
        }
        catch (Exception nobody) when (nobody is SocketException or TimeoutException)
        {
            return false;
        }
    }

    static int Milliseconds(Component component, string name, TimeSpan standard)
    {
        if (component.Setting(name) is not { Length: > 0 } text) return (int)standard.TotalMilliseconds;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return seconds * 1000; // Bare numbers are seconds, as daprd has them.
        return GoDuration.TryParse(text, out var duration) && duration > TimeSpan.Zero
            ? (int)duration.TotalMilliseconds
            : throw new ResourceException(component.Source, $"metadata '{name}' of component '{component.Name}' is '{text}'; expected a duration such as 500ms");
    }

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

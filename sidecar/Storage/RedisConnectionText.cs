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

    /// <summary>Connects; a Redis that does not answer is one clear line.</summary>
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
                return await ConnectionMultiplexer.ConnectAsync(patient);
            }
            catch (RedisConnectionException fault)
            {
                // One that listens is slow, or this machine is: worth another try.
                var mayBeSlow = fault.FailureType == ConnectionFailureType.UnableToConnect && Stopwatch.GetElapsedTime(began) < FirstDialing;
                if (!mayBeSlow || !await ListensAsync(options.EndPoints[0]))
                    throw new ResourceException(component.Source, $"component '{component.Name}' cannot reach Redis at {options.EndPoints[0]}", fault);
                await Task.Delay(PauseBetweenTries);
            }
        }
    }

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

using System.Globalization;
using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.PubSub.Brokers.Redis;

/// <summary>The settings of pubsub.redis, with daprd's defaults (facts P3, P13).</summary>
internal sealed record RedisSettings
{
    /// <summary>Name of the consumer group; null: the app id.</summary>
    public string? ConsumerId { get; init; }

    /// <summary>Deliveries at a time, of all topics of an app together.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Messages that wait in the sidecar, and how many pending ones a tick looks at.</summary>
    public int QueueDepth { get; init; } = 100;

    /// <summary>After this time a message that was not acknowledged is claimed again; zero: never.</summary>
    public TimeSpan ProcessingTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often such messages are looked for; zero: never.</summary>
    public TimeSpan RedeliverInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>About how long a stream may get; 0: without end (fact P9).</summary>
    public int LongestStream { get; init; }

    /// <summary>How long a message stays in its stream; null: for ever.</summary>
    public TimeSpan? StreamTimeToLive { get; init; }

    public bool Redelivers => ProcessingTimeout > TimeSpan.Zero && RedeliverInterval > TimeSpan.Zero;

    public static RedisSettings Read(Component component)
    {
        var standard = new RedisSettings();
        return standard with
        {
            ConsumerId = component.Setting("consumerID") is { Length: > 0 } id ? id : null,
            Concurrency = component.Number("concurrency", standard.Concurrency, least: 1),
            QueueDepth = component.Number("queueDepth", standard.QueueDepth, least: 1),
            ProcessingTimeout = component.Duration("processingTimeout", standard.ProcessingTimeout),
            RedeliverInterval = BareMilliseconds(component, "redeliverInterval", standard.RedeliverInterval),
            LongestStream = component.Number("maxLenApprox", standard.LongestStream, least: 0),
            StreamTimeToLive = component.Setting("streamTTL") is { Length: > 0 } ? component.Duration("streamTTL", TimeSpan.Zero) : null,
        };
    }

    // daprd ignores any other spelling without a word (fact P3); so does this, or a component would behave differently here.
    static TimeSpan BareMilliseconds(Component component, string name, TimeSpan standard) =>
        int.TryParse(component.Setting(name), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : standard;
}

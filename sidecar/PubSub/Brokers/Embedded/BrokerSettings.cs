using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.PubSub.Brokers.Embedded;

/// <summary>How an embedded broker behaves.</summary>
internal sealed record BrokerSettings
{
    /// <summary>Deliveries at a time to one instance of an app, of all its topics together.</summary>
    public int Concurrency { get; init; } = 10;

    /// <summary>Deliveries at a time of one topic to one app.</summary>
    public int ConcurrencyPerTopic { get; init; } = int.MaxValue;

    /// <summary>Pause after the retries of the policy have ended, before they begin again; null: the message is given up then.</summary>
    public TimeSpan? RedeliverInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether messages wait for an app that is away; otherwise they are gone (fact P5).</summary>
    public bool WaitsForAbsentApps { get; init; } = true;

    /// <summary>How many of the last messages of a topic are kept for groups that are yet to come, as a stream does (fact P9).</summary>
    public int RetainedMessages { get; init; } = 10_000;

    /// <summary>How long they are kept.</summary>
    public TimeSpan RetainedFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How many bytes of a topic are kept where they cost memory.</summary>
    public long RetainedBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// As Dapr's pubsub.in-memory: one handler of a topic at a time (fact P11), nothing is kept for anyone. Only it reaches all apps of the
    /// process, where a daprd reaches none but its own (fact P5).
    /// </summary>
    public static readonly BrokerSettings InMemory = new()
    {
        ConcurrencyPerTopic = 1,
        RedeliverInterval = null,
        WaitsForAbsentApps = false,
        RetainedMessages = 0,
    };

    /// <summary>The settings of a component of type pubsub.embedded.</summary>
    public static BrokerSettings Read(Component component)
    {
        var standard = new BrokerSettings();
        return standard with
        {
            Concurrency = component.Number("concurrency", standard.Concurrency, least: 1),
            RedeliverInterval = component.Duration("redeliverInterval", standard.RedeliverInterval!.Value),
            RetainedMessages = component.Number("retainedMessages", standard.RetainedMessages, least: 0),
            RetainedFor = component.Duration("retainedFor", standard.RetainedFor),
        };
    }
}

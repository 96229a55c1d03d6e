using System.Diagnostics.Metrics;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;

namespace MallBots.Ordering.Subscriptions;

/// <summary>What other services show and no order can use: ignored, but logged and counted (specification 3, ordering).</summary>
public sealed partial class Misfits(IMeterFactory meters, ILogger<Misfits> log)
{
    readonly Counter<long> ignored = meters.Create("MallBots.Ordering").CreateCounter<long>(
        "mallbots.ordering.ignored", description: "States of other services that did not fit the order.");

    /// <summary>Takes note of a reaction that was refused.</summary>
    public void Note(Outcome<Order> outcome, string entity)
    {
        if (outcome.Refusal is not { } refusal) return;
        ignored.Add(1, new KeyValuePair<string, object?>("code", refusal.Code));
        LogIgnored(log, entity, refusal.Text);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What is seen of {Entity} is ignored: {Reason}")]
    static partial void LogIgnored(ILogger log, string entity, string reason);
}

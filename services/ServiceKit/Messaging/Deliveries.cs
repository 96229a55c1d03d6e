using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.State;
using Microsoft.Extensions.Logging;

namespace MallBots.ServiceKit.Messaging;

/// <summary>
/// Handles what the broker delivers and what the feeds show. It ends in one of: handled; a passing fault, which the broker is to try again; poison,
/// which becomes a dead letter and is acknowledged only when that is saved (architecture 3).
/// </summary>
sealed partial class Deliveries(Subscriptions subscriptions, IServiceProvider services, DeadLetters deadLetters, TimeProvider clock, ILogger<Deliveries> log)
{
    const int MostAttempts = 10;
    const int MostKnown = 50_000;
    readonly Dictionary<string, Func<Sight, CancellationToken, Task>[]> handlers = subscriptions.All.ToDictionary(
        subscription => Key(subscription.Topic.Owner, subscription.Topic.Resource),
        subscription => subscription.Handlers.Select(handler => handler(services)).ToArray());

    readonly ConcurrentDictionary<string, (int Attempts, DateTimeOffset First)> failing = new();
    ConcurrentDictionary<string, long> handled = new();

    /// <summary>Handles an event as it was delivered.</summary>
    /// <returns>True when it is to be acknowledged.</returns>
    public async Task<bool> Deliver(Topic topic, ReadOnlyMemory<byte> cloudEvent, CancellationToken cancel)
    {
        Sight sight;
        try
        {
            sight = EventReader.Read(topic, cloudEvent);
        }
        catch (PoisonException poison)
        {
            var id = $"unreadable-{Convert.ToHexString(SHA256.HashData(cloudEvent.Span))[..16].ToLowerInvariant()}";
            return await Bury(topic, id, 0, cloudEvent, poison, 1, clock.GetUtcNow(), cancel);
        }

        return await Handle(topic, sight, cloudEvent, cancel);
    }

    /// <summary>Handles an entity of the feed as if an event had come. False: a passing fault, the walk is to come back to it.</summary>
    public Task<bool> Handle(Topic topic, Sight sight, CancellationToken cancel) =>
        handled.GetValueOrDefault($"{Key(topic.Owner, topic.Resource)}.{sight.Id}") >= sight.Version
            ? Task.FromResult(true)
            : Handle(topic, sight, Write(topic, sight), cancel);

    /// <summary>Handles the event of a dead letter again. The letter has its new reason when it fails; dropping it when that works is left to the caller.</summary>
    /// <returns>Why it failed; null when it is handled.</returns>
    /// <exception cref="UnavailableException">A passing fault; the letter is as it was.</exception>
    public async Task<Exception?> Redrive(DeadLetter letter, CancellationToken cancel)
    {
        try
        {
            var topic = subscriptions.All.FirstOrDefault(subscription => subscription.Topic.Name == letter.Topic)?.Topic
                ?? throw new PoisonException($"Nothing here handles {letter.Topic} any more.");
            var sight = EventReader.Read(topic, Encoding.UTF8.GetBytes(letter.Event));
            foreach (var handle in handlers[Key(topic.Owner, topic.Resource)]) await handle(sight, cancel);
        }
        catch (Exception still) when (!IsPassing(still))
        {
            await deadLetters.KeepOn(letter, still, cancel);
            return still;
        }

        return null;
    }

    async Task<bool> Handle(Topic topic, Sight sight, ReadOnlyMemory<byte> cloudEvent, CancellationToken cancel)
    {
        var entity = $"{Key(topic.Owner, topic.Resource)}.{sight.Id}";
        try
        {
            foreach (var handle in handlers[Key(topic.Owner, topic.Resource)]) await handle(sight, cancel);
            failing.TryRemove(entity, out _);
            if (handled.Count > MostKnown) handled = new();
            handled.AddOrUpdate(entity, sight.Version, (_, known) => Math.Max(known, sight.Version));
            return true;
        }
        catch (PoisonException poison)
        {
            return await Bury(topic, sight.Id, sight.Version, cloudEvent, poison, 1, clock.GetUtcNow(), cancel);
        }
        catch (Exception passing) when (IsPassing(passing))
        {
            LogPassing(log, entity, passing.Message);
            return false;
        }
        catch (Exception unexpected)
        {
            LogUnexpected(log, entity, unexpected);
            if (failing.AddOrUpdate(entity, (1, clock.GetUtcNow()), (_, so) => (so.Attempts + 1, so.First)).Attempts < MostAttempts) return false;
            // Who buries it takes the count along: one that is delivered beside it has nothing to add then.
            var (attempts, first) = failing.TryRemove(entity, out var counted) ? counted : (0, clock.GetUtcNow());
            if (await Bury(topic, sight.Id, sight.Version, cloudEvent, unexpected, attempts, first, cancel)) return true;
            failing.TryAdd(entity, (attempts, first)); // To be buried at the next try.
            return false;
        }
    }

    async Task<bool> Bury(Topic topic, string id, long version, ReadOnlyMemory<byte> cloudEvent, Exception reason, int attempts, DateTimeOffset first, CancellationToken cancel)
    {
        try
        {
            await deadLetters.Keep(topic, id, version, cloudEvent, reason, attempts, first, cancel);
            failing.TryRemove($"{Key(topic.Owner, topic.Resource)}.{id}", out _);
            return true;
        }
        catch (Exception passing) when (IsPassing(passing))
        {
            LogPassing(log, id, passing.Message);
            return false;
        }
    }

    static bool IsPassing(Exception fault) => fault is UnavailableException or BusyException or OperationCanceledException;

    static byte[] Write(Topic topic, Sight sight) => JsonSerializer.SerializeToUtf8Bytes(
        new
        {
            specversion = "1.0",
            id = sight.Source.EventId,
            source = topic.Owner,
            type = $"mallbots.{topic.Owner}.{topic.Resource}-changed.v1",
            subject = sight.Id,
            aggregateversion = sight.Version,
            correlationid = sight.Source.Correlation,
            data = new { sight.Removed, sight.Value },
        },
        KitJson.Options);

    static string Key(string owner, string resource) => $"{owner}/{resource}";

    [LoggerMessage(Level = LogLevel.Information, Message = "{Entity} is tried again: {Reason}")]
    static partial void LogPassing(ILogger log, string entity, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Entity} could not be handled")]
    static partial void LogUnexpected(ILogger log, string entity, Exception fault);
}

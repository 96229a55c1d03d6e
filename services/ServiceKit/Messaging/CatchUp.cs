using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MallBots.ServiceKit.Messaging;

/// <summary>Where a consumer keeps how far it has walked an owner's feed.</summary>
public interface IFeedCursors
{
    /// <summary>The cursor of an owner's feed; null to begin with all of its entities.</summary>
    Task<string?> Get(string owner, CancellationToken cancel);

    /// <summary>Keeps the cursor; a lost save is dropped, since walking a stretch twice is harmless.</summary>
    Task Set(string owner, string cursor, CancellationToken cancel);
}

/// <summary>The cursors as documents of the consuming app.</summary>
sealed class StateCursors(IStateStore store) : IFeedCursors
{
    public async Task<string?> Get(string owner, CancellationToken cancel) =>
        await store.Get(Key(owner), cancel) is { } stored ? KitJson.Read<string>(stored.Value) : null;

    public async Task Set(string owner, string cursor, CancellationToken cancel)
    {
        var stored = await store.Get(Key(owner), cancel);
        await store.Save(Key(owner), KitJson.Write(cursor), stored?.ETag, cancel);
    }

    static string Key(string owner) => $"cursor.{owner}";
}

/// <summary>
/// Walks the feeds of the owners of what this service hears of, at its start and every few minutes, and handles each entity as if an event had come:
/// no delivery by a broker is certain (facts P3, P12), and this does not need one.
/// </summary>
sealed partial class CatchUp(
    Subscriptions subscriptions, Deliveries deliveries, Peers peers, IFeedCursors cursors, KitOptions options, TimeProvider clock, ILogger<CatchUp> log)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        subscriptions.All.GroupBy(subscription => subscription.Topic.Owner).Select(owner =>
            Follow(owner.Key, owner.ToDictionary(subscription => subscription.Topic.Resource, subscription => subscription.Topic), stoppingToken)));

    async Task Follow(string owner, Dictionary<string, Topic> topics, CancellationToken cancel)
    {
        var pause = TimeSpan.FromSeconds(0.25);
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                pause = await Walk(owner, topics, cancel) ? options.CatchUpEvery : Longer(pause);
            }
            catch (Exception fault) when (!cancel.IsCancellationRequested)
            {
                LogLater(log, owner, fault.Message);
                pause = Longer(pause);
            }

            await Task.Delay(pause, clock, cancel);
        }
    }

    TimeSpan Longer(TimeSpan pause) => TimeSpan.FromSeconds(Math.Min(Math.Min(pause.TotalSeconds * 2, 10), options.CatchUpEvery.TotalSeconds));

    /// <summary>One walk to the feed's end; false when a passing fault leaves something for the next one.</summary>
    internal async Task<bool> Walk(string owner, IReadOnlyDictionary<string, Topic> topics, CancellationToken cancel)
    {
        var cursor = await cursors.Get(owner, cancel);
        if (cursor is null) return await WalkAll(owner, topics, cancel);
        while (true)
        {
            if (await peers.Changes(owner, cursor, cancel) is not { } page) return await WalkAll(owner, topics, cancel);
            var all = true;
            foreach (var item in page.Items) all &= await Handle(topics, item, cancel);
            if (!all) return false; // The page is walked again; what is handled is skipped.
            if (page.Next == cursor || page.Next is null) return true;
            await cursors.Set(owner, cursor = page.Next, cancel);
        }
    }

    /// <summary>Without a cursor, or with one that is too old: every entity of the owner, then on from where the feed ended before.</summary>
    async Task<bool> WalkAll(string owner, IReadOnlyDictionary<string, Topic> topics, CancellationToken cancel)
    {
        var end = await peers.FeedEnd(owner, cancel);
        var all = true;
        foreach (var topic in topics.Values)
            await foreach (var item in peers.All(topic, cancel)) all &= await Handle(topics, item, cancel);
        if (all) await cursors.Set(owner, end, cancel);
        return all;
    }

    Task<bool> Handle(IReadOnlyDictionary<string, Topic> topics, EntityItem<JsonElement> item, CancellationToken cancel)
    {
        if (!topics.TryGetValue(item.Resource, out var topic)) return Task.FromResult(true);
        var id = $"{item.Resource}.{item.Id}.{item.Version}";
        return deliveries.Handle(topic, new Sight(item.Resource, item.Id, item.Version, item.Removed, item.Value, new SeenFrom(id, id)), cancel);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Catching up with {Owner} is tried again: {Reason}")]
    static partial void LogLater(ILogger log, string owner, string reason);
}

using MallBots.Contracts;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Messaging;

/// <summary>An event that this service could not handle, with the reason: what Dapr's dead letter topics do not carry (fact P6).</summary>
/// <param name="Id">Consumer and entity: there is one for each, replaced by a higher version.</param>
/// <param name="Topic">The topic it came on.</param>
/// <param name="Version">Version of the entity; 0 when it could not be read.</param>
/// <param name="ExceptionType">What was thrown.</param>
/// <param name="Message">Its message.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="FirstAt">When it failed first, in UTC.</param>
/// <param name="LastAt">When it failed last, in UTC.</param>
/// <param name="Event">The whole event as it came, as text.</param>
public sealed record DeadLetter(
    string Id, string Topic, long Version, string ExceptionType, string Message, int Attempts, DateTimeOffset FirstAt, DateTimeOffset LastAt, string Event);

/// <summary>The dead letters of a service: kept, listed, dropped. Redriving is a delivery.</summary>
sealed class DeadLetters(IStateStore store, IdSets sets, TimeProvider clock)
{
    const string Set = "dead-letters";

    public async Task Keep(Topic topic, string entity, long version, ReadOnlyMemory<byte> cloudEvent, Exception reason, int attempts, DateTimeOffset first, CancellationToken cancel)
    {
        var id = $"{topic.Owner}-{topic.Resource}-{entity}";
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var stored = await store.Get(Key(id), cancel);
            var known = stored is { } found ? KitJson.Read<DeadLetter>(found.Value) : null;
            if (known is not null && known.Version > version) break;
            var letter = new DeadLetter(
                id, topic.Name, version, reason.GetType().Name, reason.Message, (known?.Attempts ?? 0) + attempts, known?.FirstAt ?? first, clock.GetUtcNow(),
                System.Text.Encoding.UTF8.GetString(cloudEvent.Span));
            if (!await store.Save(Key(id), KitJson.Write(letter), stored?.ETag, cancel)) continue;
            await sets.Add(Set, id, letter.LastAt.UtcTicks);
            return;
        }

        var kept = await Find(id, cancel) ?? throw new BusyException($"Too many conflicts on the dead letter {id}.");
        await sets.Add(Set, id, kept.LastAt.UtcTicks);
    }

    public async Task<IReadOnlyList<DeadLetter>> List(CancellationToken cancel)
    {
        var ids = await sets.Members(Set, cancel);
        var stored = await store.GetMany([.. ids.Select(Key)], cancel);
        return [.. stored.Values.Select(value => KitJson.Read<DeadLetter>(value.Value)).OrderByDescending(letter => letter.LastAt)];
    }

    public async Task<DeadLetter?> Find(string id, CancellationToken cancel) =>
        await store.Get(Key(id), cancel) is { } stored ? KitJson.Read<DeadLetter>(stored.Value) : null;

    /// <summary>Forgets a dead letter, unless a higher version has taken its place meanwhile.</summary>
    public async Task Drop(DeadLetter letter, CancellationToken cancel)
    {
        while (await store.Get(Key(letter.Id), cancel) is { } stored)
        {
            if (KitJson.Read<DeadLetter>(stored.Value).Version > letter.Version) return;
            if (await store.Delete(Key(letter.Id), stored.ETag, cancel)) break;
        }

        await sets.Remove(Set, letter.Id, letter.LastAt.UtcTicks);
    }

    static string Key(string id) => $"dead-letter.{id}";
}

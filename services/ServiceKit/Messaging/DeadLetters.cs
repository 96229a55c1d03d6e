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
/// <param name="Attempts">How often it was tried, redriving included.</param>
/// <param name="FirstAt">When it failed first, in UTC.</param>
/// <param name="LastAt">When it failed last, in UTC.</param>
/// <param name="Event">The whole event as it came, as text.</param>
public sealed record DeadLetter(
    string Id, string Topic, long Version, string ExceptionType, string Message, int Attempts, DateTimeOffset FirstAt, DateTimeOffset LastAt, string Event);

/// <summary>The dead letters of a service: kept, listed, dropped. Redriving is a delivery.</summary>
sealed class DeadLetters(IStateStore store, IdSets sets, TimeProvider clock)
{
    const string Set = "dead-letters";

    /// <summary>Keeps an event that could not be handled. That of a higher version stays; a repetition of the same one adds its attempts.</summary>
    public Task Keep(Topic topic, string entity, long version, ReadOnlyMemory<byte> cloudEvent, Exception reason, int attempts, DateTimeOffset first, CancellationToken cancel) =>
        Keep(
            new DeadLetter(
                $"{topic.Owner}-{topic.Resource}-{entity}", topic.Name, version, reason.GetType().Name, reason.Message, attempts, first, clock.GetUtcNow(),
                System.Text.Encoding.UTF8.GetString(cloudEvent.Span)),
            cancel);

    /// <summary>A dead letter was redriven and failed again: it stays, with its new reason.</summary>
    public Task KeepOn(DeadLetter letter, Exception reason, CancellationToken cancel) =>
        Keep(letter with { ExceptionType = reason.GetType().Name, Message = reason.Message, Attempts = 1, LastAt = clock.GetUtcNow() }, cancel);

    async Task Keep(DeadLetter failed, CancellationToken cancel)
    {
        DeadLetter? tried = null;
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var stored = await store.Get(Key(failed.Id), cancel);
            var known = stored is { } found ? KitJson.Read<DeadLetter>(found.Value) : null;
            // Fact S11: the save before this one may have been carried out, whatever was answered.
            if (known is null || known != tried && known.Version <= failed.Version)
            {
                tried = known?.Version == failed.Version ? failed with { Attempts = known.Attempts + failed.Attempts, FirstAt = known.FirstAt } : failed;
                if (!await store.Save(Key(failed.Id), KitJson.Write(tried), stored?.ETag, cancel)) continue;
                known = tried;
            }

            await sets.Add(Set, known.Id, known.LastAt.UtcTicks);
            return;
        }

        throw new BusyException($"Too many conflicts on the dead letter {failed.Id}.");
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
            var now = KitJson.Read<DeadLetter>(stored.Value);
            if (now.Version > letter.Version) return;
            letter = now;
            if (await store.Delete(Key(letter.Id), stored.ETag, cancel)) break;
        }

        await sets.Remove(Set, letter.Id, letter.LastAt.UtcTicks);
        // A new letter may have been kept, and entered, just before it was taken out here; times of two replicas tell nothing for certain.
        if (await Find(letter.Id, cancel) is { } kept) await sets.Add(Set, kept.Id, kept.LastAt.UtcTicks);
    }

    static string Key(string id) => $"dead-letter.{id}";
}

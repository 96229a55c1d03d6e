using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;
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
public sealed partial record DeadLetter(
    string Id, string Topic, long Version, string ExceptionType, string Message, int Attempts, DateTimeOffset FirstAt, DateTimeOffset LastAt, string Event)
{
    /// <summary>True for a text that can be the id of a dead letter; any other could be no part of a key (fact S5).</summary>
    public static bool IsId(string text) => Pattern().IsMatch(text);

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9-]{0,199}\\z")]
    private static partial Regex Pattern();
}

/// <summary>A place in a list of dead letters, the last to fail first; of those that failed at once, by id.</summary>
/// <param name="LastAt">When it failed last, in UTC ticks.</param>
/// <param name="Id">Which of those that failed then; empty for the place before all of them.</param>
public sealed record DeadLetterCursor(long LastAt, string Id) : IComparable<DeadLetterCursor>
{
    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="InvalidRequestException">It is no such cursor.</exception>
    public static DeadLetterCursor Read(string cursor)
    {
        Span<byte> text = stackalloc byte[512];
        if (cursor.Length <= text.Length && Base64Url.IsValid(cursor) && Base64Url.TryDecodeFromChars(cursor, text, out var length))
        {
            var parts = Encoding.ASCII.GetString(text[..length]).Split('.', 2);
            if (parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var lastAt)) return new(lastAt, parts[1]);
        }

        throw new InvalidRequestException("cursor", "is no cursor of this list.");
    }

    /// <inheritdoc/>
    public int CompareTo(DeadLetterCursor? other) => other is null ? 1
        : LastAt != other.LastAt ? other.LastAt.CompareTo(LastAt)
        : string.CompareOrdinal(Id, other.Id);

    /// <summary>The cursor as lists show it: opaque.</summary>
    public override string ToString() => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{LastAt}.{Id}")));
}

/// <summary>The dead letters of a service: kept, listed, dropped. Redriving is a delivery.</summary>
sealed class DeadLetters(IStateStore store, IdSets sets, TimeProvider clock)
{
    const string Set = "dead-letters";
    const int FewEnoughToLook = 50;

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

    /// <summary>A page of them, the last to fail first. Only those of the page are read: the set knows when each failed.</summary>
    /// <exception cref="InvalidRequestException">The cursor is none of this list.</exception>
    public async Task<Page<DeadLetter>> List(Paging page, CancellationToken cancel)
    {
        var after = page.Cursor is { } cursor ? DeadLetterCursor.Read(cursor) : null;
        var places = (await sets.Versions(Set, cancel)).Select(member => new DeadLetterCursor(member.Value, member.Key))
            .Where(place => after is null || place.CompareTo(after) > 0).Order().ToList();
        List<DeadLetter> letters = [];
        var read = 0;
        while (letters.Count < page.Limit && read < places.Count)
        {
            var block = places.GetRange(read, Math.Min(page.Limit - letters.Count, places.Count - read));
            read += block.Count;
            letters.AddRange(await Load(block, cancel));
        }

        return new(letters, read < places.Count ? places[read - 1].ToString() : null);
    }

    /// <summary>How many there are. Where they are many, one that was dropped while its process ended may be counted.</summary>
    public async Task<int> Count(CancellationToken cancel)
    {
        var members = await sets.Versions(Set, cancel);
        return members.Count is 0 or > FewEnoughToLook
            ? members.Count
            : (await Load([.. members.Select(member => new DeadLetterCursor(member.Value, member.Key))], cancel)).Count;
    }

    /// <summary>Reads letters in this order, and puts right what a process that ended between letter and set left of the set.</summary>
    async Task<List<DeadLetter>> Load(IReadOnlyList<DeadLetterCursor> places, CancellationToken cancel)
    {
        var stored = await store.GetMany([.. places.Select(place => Key(place.Id))], cancel);
        List<DeadLetter> letters = [];
        foreach (var place in places)
        {
            if (!stored.TryGetValue(Key(place.Id), out var value))
            {
                _ = sets.Remove(Set, place.Id, place.LastAt);
                continue;
            }

            var letter = KitJson.Read<DeadLetter>(value.Value);
            if (letter.LastAt.UtcTicks > place.LastAt) _ = sets.Add(Set, letter.Id, letter.LastAt.UtcTicks);
            letters.Add(letter);
        }

        return letters;
    }

    /// <summary>The letter with this id; null when there is none, also where the text can be no id.</summary>
    public async Task<DeadLetter?> Find(string id, CancellationToken cancel) =>
        DeadLetter.IsId(id) && await store.Get(Key(id), cancel) is { } stored ? KitJson.Read<DeadLetter>(stored.Value) : null;

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

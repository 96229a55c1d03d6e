using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MallBots.Contracts;
using MallBots.ServiceKit.Http;

namespace MallBots.ServiceKit.Journal;

/// <summary>The cursor names entries that are no longer kept: 410 <c>cursor-expired</c>; the consumer begins anew.</summary>
sealed class CursorExpiredException : Exception;

/// <summary>
/// What changed, for consumers that do not want to depend on a broker: each log up to its first open entry, with the entities' present values
/// (architecture 2, feed).
/// </summary>
sealed class Feed(JournalWriter journal, IEnumerable<IQueried> aggregates)
{
    /// <summary>Stands for the end of the feed where a cursor is asked for.</summary>
    public const string AtTheEnd = "end";

    /// <summary>The cursor before the first entry that there ever was.</summary>
    public static readonly string Beginning = Encode(new long[JournalWriter.Logs]);

    readonly Dictionary<string, IQueried> aggregates = aggregates.ToDictionary(aggregate => aggregate.Resource);

    /// <summary>The end of the feed as it is now: for a consumer that begins by reading all entities.</summary>
    public async Task<string> End(CancellationToken cancel)
    {
        var ends = await Task.WhenAll(Enumerable.Range(0, JournalWriter.Logs).Select(log => EndOf(journal[log], cancel)));
        return Encode(ends);
    }

    /// <summary>A page of changed entities, each once, and the cursor behind it; the same cursor when nothing has changed.</summary>
    public async Task<Page<EntityItem<object>>> Read(string after, int limit, CancellationToken cancel)
    {
        var positions = Decode(after);
        var changed = new HashSet<(string Resource, string Id)>();
        for (var log = 0; log < positions.Length && changed.Count < limit; log++)
            positions[log] = await ReadLog(journal[log], positions[log], changed, limit, cancel);

        var items = new List<EntityItem<object>>();
        foreach (var resource in changed.GroupBy(change => change.Resource))
            if (aggregates.TryGetValue(resource.Key, out var aggregate)) items.AddRange(await aggregate.Present([.. resource.Select(change => change.Id)], cancel));
        return new(items, Encode(positions));
    }

    static async Task<long> ReadLog(JournalLog log, long position, HashSet<(string, string)> changed, int limit, CancellationToken cancel)
    {
        while (true)
        {
            var (chunk, index) = (position / JournalChunk.Capacity, (int)(position % JournalChunk.Capacity));
            var read = await log.Read(chunk, cancel);
            if (read is null && position < (await log.Head(cancel)).First * JournalChunk.Capacity) throw new CursorExpiredException();
            if (read is null) return position;
            foreach (var entry in read.Entries.Skip(index))
            {
                if (entry.Mark == Mark.Open || changed.Count >= limit) return position;
                changed.Add((entry.Resource, entry.Id));
                position++;
            }

            if (position % JournalChunk.Capacity != 0 || read.Entries.Count == 0) return position;
        }
    }

    /// <summary>The first entry that is not done: what is done stands in the lists that such a consumer reads next.</summary>
    static async Task<long> EndOf(JournalLog log, CancellationToken cancel)
    {
        var chunk = (await log.Head(cancel)).Done;
        while (true)
        {
            var entries = (await log.Read(chunk, cancel))?.Entries ?? [];
            var unfinished = entries.FindIndex(entry => entry.Mark != Mark.Done);
            if (unfinished >= 0) return chunk * JournalChunk.Capacity + unfinished;
            if (entries.Count < JournalChunk.Capacity) return chunk * JournalChunk.Capacity + entries.Count;
            chunk++;
        }
    }

    /// <summary>The cursor of these positions, one for each log.</summary>
    internal static string Encode(long[] positions) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Join('.', positions)));

    /// <summary>The positions that a cursor stands for, one for each log.</summary>
    /// <exception cref="InvalidRequestException">It is none.</exception>
    internal static long[] Decode(string cursor)
    {
        Span<byte> text = stackalloc byte[1024];
        if (cursor.Length > 1024 || !Base64Url.IsValid(cursor) || !Base64Url.TryDecodeFromChars(cursor, text, out var length)) throw Malformed();
        var parts = Encoding.ASCII.GetString(text[..length]).Split('.');
        var positions = new long[JournalWriter.Logs];
        if (parts.Length != positions.Length) throw Malformed();
        for (var log = 0; log < positions.Length; log++)
            if (!long.TryParse(parts[log], NumberStyles.None, CultureInfo.InvariantCulture, out positions[log])) throw Malformed();
        return positions;

        static InvalidRequestException Malformed() => new("after", "is no cursor of this feed.");
    }
}

/// <summary>What internal queries need of an aggregate, whatever its type.</summary>
interface IQueried
{
    string Resource { get; }

    /// <summary>Present values of those that exist, removed ones too.</summary>
    Task<IReadOnlyList<EntityItem<object>>> Present(IReadOnlyList<string> ids, CancellationToken cancel);

    /// <summary>A page of all, removed ones too.</summary>
    Task<Page<EntityItem<object>>> All(Documents.Paging page, CancellationToken cancel);

    /// <summary>All events of an entity from its first, and whether they lead to the state that is kept; null for what never was.</summary>
    Task<EntityEvents?> Events(string id, CancellationToken cancel);
}

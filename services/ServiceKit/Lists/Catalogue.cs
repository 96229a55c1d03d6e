using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MallBots.ServiceKit.Http;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Lists;

/// <summary>
/// Append-only lists of ids in the order of their creation: chunks <c>list-&lt;resource&gt;.&lt;partition&gt;.&lt;n&gt;</c> of 500 ids, added if absent,
/// group-committed, never moved or split (architecture 2, lists).
/// </summary>
sealed class Catalogue
{
    const int Capacity = 500;
    readonly IStateStore store;
    readonly string resource;
    readonly Batcher<Addition> batcher;
    readonly Lock gate = new();
    readonly Dictionary<string, int> tailNumbers = [];

    public Catalogue(IStateStore store, string resource)
    {
        (this.store, this.resource) = (store, resource);
        batcher = new Batcher<Addition>(Write);
    }

    /// <summary>A chunk that the list has reached; new ids go there or later. Reads nothing when the process knows it already.</summary>
    public async Task<int> Tail(string partition, CancellationToken cancel)
    {
        lock (gate) if (tailNumbers.TryGetValue(partition, out var known)) return known;
        return await FindTail(partition, cancel);
    }

    /// <summary>Adds an id unless it stands in this chunk or a later one.</summary>
    public Task Add(string partition, string id, int from) => batcher.Add(new Addition(partition, id, from));

    /// <summary>Reads ids, newest first.</summary>
    /// <param name="partition">The list.</param>
    /// <param name="cursor">Where the page before ended; null for the first.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>Each id with the cursor behind it; ends with the list.</returns>
    /// <exception cref="InvalidRequestException">The cursor is none of this list.</exception>
    public async IAsyncEnumerable<(string Id, string Cursor)> Read(
        string partition, string? cursor, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var (chunk, below) = cursor is null ? (await FindTail(partition, cancel), int.MaxValue) : Decode(cursor);
        for (; chunk >= 0; chunk--, below = int.MaxValue)
        {
            var ids = (await ReadChunk(partition, chunk, cancel)).Ids;
            for (var index = Math.Min(below, ids.Count) - 1; index >= 0; index--) yield return (ids[index], Encode(chunk, index));
        }
    }

    async Task Write(IReadOnlyList<Addition> batch) =>
        await Task.WhenAll(batch.GroupBy(addition => addition.Partition).Select(additions => WritePartition(additions.Key, [.. additions])));

    async Task WritePartition(string partition, List<Addition> additions)
    {
        for (var attempt = 0; attempt < 20; attempt++)
        {
            var tail = await LoadTail(partition, additions.Min(addition => addition.From));
            var missing = additions.DistinctBy(addition => addition.Id).Where(addition => !tail.Ids.Contains(addition.Id)).ToList();
            // Only an id that was entered before a crash can stand in an earlier chunk.
            var earlier = new HashSet<string>();
            for (var chunk = missing.Select(addition => addition.From).DefaultIfEmpty(tail.Chunk).Min(); chunk < tail.Chunk; chunk++)
                earlier.UnionWith((await ReadChunk(partition, chunk, CancellationToken.None)).Ids);
            missing.RemoveAll(addition => earlier.Contains(addition.Id));
            if (missing.Count == 0) return;

            var ids = tail.Ids.Concat(missing.Select(addition => addition.Id)).Take(Capacity).ToList();
            var left = missing.Count - (ids.Count - tail.Ids.Count);
            var saved = await store.Save(Key(partition, tail.Chunk), KitJson.Write(ids), tail.ETag, CancellationToken.None);
            if (saved) lock (gate) tailNumbers[partition] = tail.Chunk;
            if (saved && left == 0) return;
        }

        throw new BusyException($"Too many conflicts on the list {resource}.{partition}.");
    }

    async Task<(int Chunk, List<string> Ids, string? ETag)> LoadTail(string partition, int from)
    {
        int chunk;
        lock (gate) chunk = Math.Max(from, tailNumbers.GetValueOrDefault(partition));
        while (true)
        {
            var (ids, etag) = await ReadChunk(partition, chunk, CancellationToken.None);
            if (ids.Count < Capacity) return (chunk, ids, etag);
            chunk++;
        }
    }

    async Task<int> FindTail(string partition, CancellationToken cancel)
    {
        int chunk;
        lock (gate) chunk = tailNumbers.GetValueOrDefault(partition);
        while (await store.Get(Key(partition, chunk + 1), cancel) is not null) chunk++;
        lock (gate)
        {
            // Bounded: what is forgotten is found again from the beginning of its list.
            if (tailNumbers.Count > 10_000) tailNumbers.Clear();
            return tailNumbers[partition] = Math.Max(chunk, tailNumbers.GetValueOrDefault(partition));
        }
    }

    async Task<(List<string> Ids, string? ETag)> ReadChunk(string partition, int chunk, CancellationToken cancel) =>
        await store.Get(Key(partition, chunk), cancel) is { } stored ? (KitJson.Read<List<string>>(stored.Value), stored.ETag) : ([], null);

    string Key(string partition, int chunk) => $"list-{resource}.{partition}.{chunk}";

    static string Encode(int chunk, int index) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes($"{chunk}.{index}"));

    static (int Chunk, int Below) Decode(string cursor)
    {
        Span<byte> text = stackalloc byte[64];
        if (cursor.Length <= 64 && Base64Url.IsValid(cursor) && Base64Url.TryDecodeFromChars(cursor, text, out var length))
        {
            var parts = Encoding.ASCII.GetString(text[..length]).Split('.');
            if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var chunk)
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var below))
                return (chunk, below);
        }

        throw new InvalidRequestException("cursor", "is no cursor of this list.");
    }

    sealed record Addition(string Partition, string Id, int From);
}

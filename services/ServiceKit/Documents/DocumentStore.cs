using System.Runtime.CompilerServices;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Documents;

/// <summary>Reads and writes the documents of one aggregate.</summary>
sealed class DocumentStore<T>(IStateStore store) where T : class, IAggregate<T>
{
    const int MostMovedCommands = 100;

    /// <summary>The document and its ETag; an empty one of version 0 where there is none.</summary>
    public async Task<(Document<T> Document, string? ETag)> Load(string id, CancellationToken cancel) =>
        await store.Get(Document<T>.Key(id), cancel) is { } stored
            ? (KitJson.Read<Document<T>>(stored.Value), stored.ETag)
            : (new Document<T>(id), null);

    /// <summary>Those documents that exist, by id.</summary>
    public async Task<IReadOnlyDictionary<string, Document<T>>> LoadMany(IReadOnlyList<string> ids, CancellationToken cancel)
    {
        var stored = await store.GetMany([.. ids.Select(Document<T>.Key)], cancel);
        return stored.Values.Select(value => KitJson.Read<Document<T>>(value.Value)).Where(document => document.Version > 0).ToDictionary(document => document.Id);
    }

    /// <summary>Saves the document over the one with this ETag. A save that has begun is not abandoned.</summary>
    public Task<bool> Save(Document<T> document, string? etag) => store.Save(Document<T>.Key(document.Id), KitJson.Write(document), etag, CancellationToken.None);

    /// <summary>Every event after a version that is completed or later, with the states around it, oldest first; also those that were moved to log documents.</summary>
    public async IAsyncEnumerable<Step<T>> Since(Document<T> document, long version, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var log = version < document.BaseVersion ? document.CompletedLogs : document.Logs; log < document.Logs; log++)
            foreach (var step in (await LoadLog(document.Id, log, cancel)).Since(version)) yield return step;

        foreach (var step in document.Kept.Since(version)) yield return step;
    }

    /// <summary>One of the document's log documents.</summary>
    /// <exception cref="UnavailableException">It can't be read.</exception>
    public async Task<EventLog<T>> LoadLog(string id, int log, CancellationToken cancel) =>
        await FindLog(id, log, cancel) ?? throw new UnavailableException($"The events in {Document<T>.LogKey(id, log)} were not found.");

    /// <summary>
    /// Moves the document's oldest events to a log document, which is written first: the document without them is yet to be saved. Events of a document
    /// that is saved stand for good, so whoever else moves them moves the same; how many, the first to write the log document has decided.
    /// </summary>
    /// <returns>The document without them; the same one when the log document is not known to be written.</returns>
    public async Task<Document<T>> MoveOldest(Document<T> document, int count, CancellationToken cancel)
    {
        var oldest = document.Kept with { Events = document.Events.GetRange(0, count) };
        if (!await store.Save(Document<T>.LogKey(document.Id, document.Logs), KitJson.Write(oldest), null, CancellationToken.None))
        {
            if (await FindLog(document.Id, document.Logs, cancel) is not { } moved || moved.Events.Count >= document.Events.Count) return document;
            oldest = moved;
        }

        return document with
        {
            Base = EventLog<T>.Steps(oldest.Base, oldest.Events).Last().After,
            Events = document.Events.RemoveRange(0, oldest.Events.Count),
            Logs = document.Logs + 1,
            MovedCommands = [.. document.MovedCommands.Concat(oldest.Events.Select(recorded => recorded.Command)).TakeLast(MostMovedCommands)],
        };
    }

    async Task<EventLog<T>?> FindLog(string id, int log, CancellationToken cancel) =>
        await store.Get(Document<T>.LogKey(id, log), cancel) is { } stored ? KitJson.Read<EventLog<T>>(stored.Value) : null;

    /// <summary>Writes the document again unchanged, so that a save still under way anywhere must conflict; an empty one where there is none.</summary>
    public async Task Fence(string id, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var (document, etag) = await Load(id, cancel);
            if (await Save(document, etag)) return;
        }

        throw new BusyException($"Too many conflicts while fencing the {T.Topic.Resource} {id}.");
    }
}

using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;

namespace MallBots.ServiceKit.Documents;

/// <summary>Reads and writes the documents of one aggregate.</summary>
sealed class DocumentStore<T>(IStateStore store) where T : class, IAggregate<T>
{
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

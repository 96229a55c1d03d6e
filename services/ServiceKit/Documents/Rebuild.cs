using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.ServiceKit.Documents;

/// <summary>Builds an aggregate's state anew from all its events, those that were moved to log documents first, and compares it with the state that is kept.</summary>
sealed class Rebuild<T>(Document<T> document, DocumentStore<T> store) where T : class, IAggregate<T>
{
    public async Task<EntityEvents> Run(CancellationToken cancel)
    {
        List<RecordedEvent> events = [];
        for (var log = 0; log < document.Logs; log++) events.AddRange((await store.LoadLog(document.Id, log, cancel)).Events);
        events.AddRange(document.Events);
        T? state = null;
        foreach (var recorded in events) state = T.Evolve(state, recorded.ToHappened<T>());
        var complete = events.Select(recorded => recorded.Version).SequenceEqual(Enumerable.Range(1, (int)document.Version).Select(version => (long)version));
        return new EntityEvents(
            T.Topic.Resource, document.Id, document.Version, complete && Same(state, document.State),
            [.. events.Select(recorded => new EntityEventName(recorded.Version, recorded.Type, recorded.At))]);
    }

    static bool Same(T? rebuilt, T? kept) => JsonElement.DeepEquals(JsonSerializer.SerializeToElement(rebuilt, KitJson.Options), JsonSerializer.SerializeToElement(kept, KitJson.Options));
}

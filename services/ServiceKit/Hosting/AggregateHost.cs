using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Lists;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.ServiceKit.Hosting;

/// <summary>The parts that serve one aggregate, wired together.</summary>
sealed class AggregateHost<T> : IQueried where T : class, IAggregate<T>
{
    readonly KitOptions options;
    readonly DocumentStore<T> store;

    public AggregateHost(IServiceProvider services)
    {
        options = services.GetRequiredService<KitOptions>();
        var state = services.GetRequiredService<IStateStore>();
        var journal = services.GetRequiredService<JournalWriter>();
        var sets = services.GetRequiredService<IdSets>();
        var catalogue = new Catalogue(state, T.Topic.Resource);
        store = new DocumentStore<T>(state);
        // The carrier changes documents itself, so it can't be there before they are.
        var carrier = new Lazy<ICarrier<T>?>(services.GetService<ICarrier<T>>);
        Completion = new Completion<T>(
            store, journal, services.GetRequiredService<Publisher>(), catalogue, sets, () => carrier.Value, services.GetRequiredService<CompletionQueue>());
        Documents = new Documents<T>(store, journal, Completion, catalogue, sets, services.GetRequiredService<TimeProvider>());
    }

    public Documents<T> Documents { get; }

    public Completion<T> Completion { get; }

    public string Resource => T.Topic.Resource;

    public async Task<IReadOnlyList<EntityItem<object>>> Present(IReadOnlyList<string> ids, CancellationToken cancel) =>
        [.. (await store.LoadMany(ids, cancel)).Values.Select(document => Item(document.Id, document.State!, document.Version))];

    public async Task<Page<EntityItem<object>>> All(Paging page, CancellationToken cancel)
    {
        var found = await Documents.ListAll(null, _ => true, page, cancel);
        return new([.. found.Items.Select(item => Item(item.Id, item.State, item.Version))], found.Next);
    }

    public async Task<EntityEvents?> Events(string id, CancellationToken cancel) =>
        (await store.Load(id, cancel)).Document is { Version: > 0 } document ? await new Rebuild<T>(document, store).Run(cancel) : null;

    EntityItem<object> Item(string id, T state, long version) => new(Resource, id, version, state.Removed, state.ToPublic(options.Currency));
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;
using MallBots.ServiceKit.Domain;

namespace MallBots.ServiceKit.Documents;

/// <summary>
/// An aggregate as it stands in the store: one document under one key with one ETag (architecture 2). Version 0 is no document to anyone: it is what
/// a fence leaves where a create may still be under way.
/// </summary>
sealed record Document<T>(string Id) where T : class, IAggregate<T>
{
    public long Version { get; init; }

    public T? State { get; init; }

    /// <summary>The events, oldest first; after a trim those that are still kept whole, following on <see cref="Base"/>.</summary>
    public ImmutableList<RecordedEvent> Events { get; init; } = [];

    /// <summary>The state before the oldest of <see cref="Events"/>; null while none was moved to a log document.</summary>
    public T? Base { get; init; }

    /// <summary>How many log documents hold the events before <see cref="Base"/>.</summary>
    public int Logs { get; init; }

    /// <summary>Events up to this version are published, listed and carried out for certain. It may lag, it never leads.</summary>
    public long CompletedThrough { get; init; }

    /// <summary>Commands with an Idempotency-Key that changed something.</summary>
    public ImmutableList<HandledCommand> Handled { get; init; } = [];

    /// <summary>For each list of the aggregate, the tail chunk at the time of its creation: it stands there or later.</summary>
    public ImmutableDictionary<string, int> ListedFrom { get; init; } = ImmutableDictionary<string, int>.Empty;

    public static string Key(string id) => $"{T.Topic.Resource}.{id}";

    /// <summary>The document after a decision. Pure: everything that differs from call to call comes in.</summary>
    public Document<T> Apply(Decision decision, Command command, DateTimeOffset now)
    {
        var (version, state, events) = (Version, State, Events);
        foreach (var happened in decision.Events)
        {
            state = T.Evolve(state, new Happened(happened, ++version, now));
            events = events.Add(RecordedEvent.Of(happened, version, now, command));
        }

        return this with { Version = version, State = state, Events = events };
    }

    /// <summary>Every event after this version with the state it led to, oldest first.</summary>
    public IEnumerable<(RecordedEvent Event, T State)> Since(long version)
    {
        var state = Base;
        foreach (var recorded in Events)
        {
            state = T.Evolve(state, recorded.ToHappened<T>());
            if (recorded.Version > version) yield return (recorded, state);
        }
    }

    /// <summary>The state as it was at a version; null before the first event, or when that was moved away.</summary>
    public T? At(long version)
    {
        var state = Base;
        foreach (var recorded in Events.TakeWhile(recorded => recorded.Version <= version)) state = T.Evolve(state, recorded.ToHappened<T>());
        return state;
    }

    /// <summary>True when this command's events are among those of the document.</summary>
    public bool Contains(Command command) => Events.Any(recorded => recorded.Command == command.Id);
}

/// <summary>A domain event as it is stored.</summary>
sealed record RecordedEvent(long Version, string Type, DateTimeOffset At, string Command, string Correlation, string? Causation, JsonElement Data)
{
    public static RecordedEvent Of(DomainEvent happened, long version, DateTimeOffset at, Command command) => new(
        version, happened.GetType().Name, at, command.Id, command.Correlation, command.Causation,
        JsonSerializer.SerializeToElement(happened, happened.GetType(), KitJson.Options));

    public Happened ToHappened<T>() where T : class, IAggregate<T> => new(EventTypes<T>.Read(Type, Data), Version, At);
}

/// <summary>A command that is remembered by its id, so that its repetition changes nothing (specification 2, Idempotency-Key).</summary>
sealed record HandledCommand(string Id, DateTimeOffset At, string BodyHash, StoredRefusal? Refusal);

/// <summary>A refusal that came with a change.</summary>
sealed record StoredRefusal(string Code, int Status, string Title, string Text, JsonElement? Data)
{
    public static StoredRefusal? Of(Refusal? refusal) => refusal is null ? null : new(
        refusal.Code, refusal.Kind.Status, refusal.Kind.Title, refusal.Text,
        refusal.Data is { } data ? JsonSerializer.SerializeToElement(data, data.GetType(), KitJson.Options) : null);

    public Refusal ToRefusal() => new(new RefusalKind(Code, Status, Title), Text, Data);
}

/// <summary>The event types of an aggregate's service by their names, and the public names of those that are published.</summary>
static class EventTypes<T> where T : class, IAggregate<T>
{
    static readonly FrozenDictionary<string, (Type Type, string? Published)> Known = typeof(T).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(DomainEvent)) && !type.IsAbstract)
        .ToFrozenDictionary(type => type.Name, type => (type, type.GetCustomAttribute<PublishedAttribute>()?.Name));

    public static DomainEvent Read(string type, JsonElement data) =>
        (DomainEvent)(data.Deserialize(Known[type].Type, KitJson.Options) ?? throw new JsonException($"An event of type {type} is null."));

    /// <summary>The public name, null for an event that is not published.</summary>
    public static string? PublishedName(string type) => Known.TryGetValue(type, out var known) ? known.Published : null;
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
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

    /// <summary>How many of them, from the first, hold only events that are completed. As <see cref="CompletedThrough"/>, it may lag, it never leads.</summary>
    public int CompletedLogs { get; init; }

    /// <summary>Ids of the commands of the last events that were moved, so that a command finds itself also when others came after it (architecture 2).</summary>
    public ImmutableList<string> MovedCommands { get; init; } = [];

    /// <summary>Events up to this version are published, listed and carried out for certain. It may lag, it never leads.</summary>
    public long CompletedThrough { get; init; }

    /// <summary>Commands with an Idempotency-Key that changed something.</summary>
    public ImmutableList<HandledCommand> Handled { get; init; } = [];

    /// <summary>For each list of the aggregate, the tail chunk at the time of its creation: it stands there or later.</summary>
    public ImmutableDictionary<string, int> ListedFrom { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>Version of the last event that was moved to a log document; 0 while none was.</summary>
    [JsonIgnore]
    public long BaseVersion => Version - Events.Count;

    /// <summary>About how many bytes the events take.</summary>
    [JsonIgnore]
    public int EventBytes => Events.Sum(recorded => recorded.Bytes);

    public static string Key(string id) => $"{T.Topic.Resource}.{id}";

    public static string LogKey(string id, int log) => $"{Key(id)}.log.{log}";

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

    /// <summary>The events that are kept whole, after the state before them.</summary>
    [JsonIgnore]
    public EventLog<T> Kept => new(Base, Events);

    /// <summary>True when this command's events are among the last of the document.</summary>
    public bool Contains(Command command) => Events.Any(recorded => recorded.Command == command.Id) || MovedCommands.Contains(command.Id);
}

/// <summary>A stretch of a document's events, oldest first, and the state before them: what a log document <c>&lt;key&gt;.log.&lt;n&gt;</c> holds.</summary>
sealed record EventLog<T>(T? Base, ImmutableList<RecordedEvent> Events) where T : class, IAggregate<T>
{
    /// <summary>Every event after this version, with the state before it and the state it led to.</summary>
    public IEnumerable<Step<T>> Since(long version) => Steps(Base, Events).Where(step => step.Event.Version > version);

    /// <summary>These events one after another, with the states before and after each.</summary>
    public static IEnumerable<Step<T>> Steps(T? state, IEnumerable<RecordedEvent> events)
    {
        foreach (var recorded in events)
        {
            var before = state;
            state = T.Evolve(state, recorded.ToHappened<T>());
            yield return new Step<T>(recorded, before, state);
        }
    }
}

/// <summary>An event, the state before it, and the state it led to.</summary>
sealed record Step<T>(RecordedEvent Event, T? Before, T After) where T : class, IAggregate<T>;

/// <summary>A domain event as it is stored.</summary>
sealed record RecordedEvent(long Version, string Type, DateTimeOffset At, string Command, string Correlation, string? Causation, JsonElement Data)
{
    const int BytesOfTheRest = 150; // Names of the fields, version and time.

    [JsonIgnore]
    public int Bytes => BytesOfTheRest + Type.Length + Command.Length + Correlation.Length + (Causation?.Length ?? 0) + JsonMarshal.GetRawUtf8Value(Data).Length;

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

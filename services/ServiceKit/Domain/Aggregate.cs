using MallBots.Contracts;

namespace MallBots.ServiceKit.Domain;

/// <summary>Something that happened to an aggregate: a fact with its own fields, named in the past tense.</summary>
public abstract record DomainEvent;

/// <summary>Marks a domain event as an integration event: it is published as <c>mallbots.&lt;app&gt;.&lt;name&gt;.v1</c> (specification 5).</summary>
/// <param name="name">The public name, such as <c>store-created</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PublishedAttribute(string name) : Attribute
{
    /// <summary>The public name, such as <c>store-created</c>.</summary>
    public string Name { get; } = name;
}

/// <summary>A domain event with its place in the life of its aggregate.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Version">Its number: 1 for the aggregate's first event.</param>
/// <param name="At">When it was decided, in UTC.</param>
public sealed record Happened(DomainEvent Event, long Version, DateTimeOffset At);

/// <summary>
/// The state of an aggregate, kept in one document with its events. A record without Dapr, HTTP or clock: commands are methods that return a
/// <see cref="Decision"/>, and <see cref="Evolve"/> is the only way the state changes.
/// </summary>
/// <typeparam name="TSelf">The aggregate itself.</typeparam>
public interface IAggregate<TSelf> where TSelf : class, IAggregate<TSelf>
{
    /// <summary>Where its events are published; the topic's resource name is also the prefix of its keys.</summary>
    static abstract Topic Topic { get; }

    /// <summary>
    /// How many events a document keeps whole, unless they take more than 48 KB, before the older half moves to a log document. Fewer for an aggregate
    /// that lives long and changes often: every save writes them all.
    /// </summary>
    static virtual int MostEvents => 500;

    /// <summary>
    /// Seconds after which asking again for an unknown one makes sense; null, unless it comes into being by an event or a workflow of ours, so that whoever
    /// has its id may ask before it is there (specification 2).
    /// </summary>
    static virtual int? RetryAfter => null;

    /// <summary>The state after one more event; <paramref name="state"/> is null before the first.</summary>
    static abstract TSelf Evolve(TSelf? state, Happened happened);

    /// <summary>The public values of the aggregate, as its API, its events and its internal queries show them.</summary>
    /// <param name="currency">The mall's currency.</param>
    object ToPublic(string currency);

    /// <summary>True for a tombstone: gone from lists, 404 for a GET, still known to internal queries.</summary>
    bool Removed => false;

    /// <summary>
    /// Lists that it stands in besides the list of all, such as <c>customer-42</c>. They follow from what it was created with and never change.
    /// </summary>
    IEnumerable<string> Lists => [];

    /// <summary>Small sets that it belongs to in its present state, such as <c>available</c>.</summary>
    IEnumerable<string> Sets => [];
}

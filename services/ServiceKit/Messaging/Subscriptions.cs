using System.Text.Json;
using MallBots.Contracts;
using MallBots.ServiceKit.Documents;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.ServiceKit.Messaging;

/// <summary>An entity of another service as an event, or its owner's feed, shows it.</summary>
/// <typeparam name="TValue">Its public values.</typeparam>
/// <param name="Id">The entity's id.</param>
/// <param name="Version">Number of its latest event that is in these values.</param>
/// <param name="Removed">True for a tombstone.</param>
/// <param name="Value">Its public values.</param>
/// <param name="Source">Where it comes from, for commands that follow from it.</param>
public sealed record Seen<TValue>(string Id, long Version, bool Removed, TValue Value, SeenFrom Source) where TValue : class
{
    /// <summary>A command that follows from what was seen. The same sight leads to the same command id, so a repetition changes nothing.</summary>
    /// <param name="reaction">Tells the reactions to one sight apart.</param>
    /// <param name="cancel">Ends the work.</param>
    public Command Command(string reaction, CancellationToken cancel) => new()
    {
        Id = $"{Source.EventId}>{reaction}",
        Correlation = Source.Correlation,
        Causation = Source.EventId,
        Aborted = cancel,
    };
}

/// <summary>Where a sight comes from.</summary>
/// <param name="EventId">Id of the event; also that of the feed's item, which stands for it.</param>
/// <param name="Correlation">The flow that it belongs to.</param>
public sealed record SeenFrom(string EventId, string Correlation);

/// <summary>
/// A reaction to the present state of another service's entity. Level-triggered: it keeps no version, loads its own document, does what that lacks, and
/// finishes what of it is unfinished. It may be called again, late, out of order, and for states that it never saw an event of (architecture 3).
/// </summary>
/// <typeparam name="TValue">The entity's public values.</typeparam>
public interface IReaction<TValue> where TValue : class
{
    /// <summary>Sees the entity.</summary>
    /// <exception cref="PoisonException">It breaks a rule for good: repeating can't help.</exception>
    Task See(Seen<TValue> seen, CancellationToken cancel);
}

/// <summary>A message that can never be handled as it is; it becomes a dead letter at once.</summary>
public sealed class PoisonException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What a service hears of others: one subscription per topic, with its copies and reactions.</summary>
public sealed class Subscriptions
{
    readonly Dictionary<string, Subscription> topics = [];
    readonly List<Topic> replicated = [];
    readonly IServiceCollection services;

    internal Subscriptions(IServiceCollection services) => this.services = services;

    internal IReadOnlyCollection<Subscription> All => topics.Values;

    /// <summary>The topics of whose entities copies are kept.</summary>
    internal IReadOnlyCollection<Topic> Replicated => replicated;

    /// <summary>Keeps a replica of each entity; a newer version wins, whatever order they come in. Ask for <see cref="Replicas{TReplica}"/>.</summary>
    /// <typeparam name="TValue">The entity's public values.</typeparam>
    /// <typeparam name="TReplica">What of it is kept.</typeparam>
    /// <param name="topic">The entity's topic.</param>
    /// <param name="keep">Takes from the public values what is kept.</param>
    public Subscriptions Replicate<TValue, TReplica>(Topic<TValue> topic, Func<TValue, TReplica> keep) where TValue : class where TReplica : class
    {
        replicated.Add(topic);
        services.AddSingleton(provider => new Replicas<TReplica>(
            topic, provider.GetRequiredService<State.IStateStore>(), async (id, cancel) =>
                await provider.GetRequiredService<Peers>().Ask(topic, id, cancel) is { } item ? new(item.Version, item.Removed, keep(item.Value)) : null));
        return Add(topic, provider => (seen, cancel) => provider.GetRequiredService<Replicas<TReplica>>().Move(seen.Id, new(seen.Version, seen.Removed, keep(seen.Value)), cancel));
    }

    /// <summary>Reacts to the present state of each entity.</summary>
    /// <typeparam name="TValue">The entity's public values.</typeparam>
    /// <typeparam name="TReaction">The reaction, made by the service container once.</typeparam>
    /// <param name="topic">The entity's topic.</param>
    public Subscriptions React<TValue, TReaction>(Topic<TValue> topic) where TValue : class where TReaction : class, IReaction<TValue>
    {
        services.AddSingleton<TReaction>();
        return Add(topic, provider => provider.GetRequiredService<TReaction>().See);
    }

    Subscriptions Add<TValue>(Topic<TValue> topic, Func<IServiceProvider, Func<Seen<TValue>, CancellationToken, Task>> handler) where TValue : class
    {
        if (!topics.TryGetValue(topic.Name, out var subscription)) topics[topic.Name] = subscription = new Subscription(topic);
        subscription.Handlers.Add(provider =>
        {
            var handle = handler(provider);
            return (sight, cancel) => handle(sight.As<TValue>(), cancel);
        });
        return this;
    }
}

/// <summary>A topic and all that this service does with it.</summary>
sealed record Subscription(Topic Topic)
{
    public List<Func<IServiceProvider, Func<Sight, CancellationToken, Task>>> Handlers { get; } = [];
}

/// <summary>An entity as it arrived: its values are still JSON.</summary>
sealed record Sight(string Resource, string Id, long Version, bool Removed, JsonElement Value, SeenFrom Source)
{
    public Seen<TValue> As<TValue>() where TValue : class
    {
        try
        {
            return new Seen<TValue>(Id, Version, Removed, Value.Deserialize<TValue>(WrongMember.Options) ?? throw Poison("data.value is null", null), Source);
        }
        catch (JsonException unreadable)
        {
            throw Poison(string.Join(", ", WrongMember.Of(unreadable).Select(Explain)), unreadable);
        }
    }

    PoisonException Poison(string wrong, JsonException? why) => new($"The values of {Resource} {Id} can't be read: {wrong}.", why);

    string Explain((string Path, Wrong Wrong) member)
    {
        var path = member.Path.Length == 0 ? "data.value" : $"data.value.{member.Path}";
        return member.Wrong switch
        {
            Wrong.Missing => $"{path} is missing",
            Wrong.Null => $"{path} is null",
            _ => WrongMember.At(Value, member.Path) is { } value ? $"{path} has the wrong type or an unknown value: {WrongMember.Show(value)}" : $"{path} can't be read",
        };
    }
}

using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.ServiceKit.Tests.Outbox;

/// <summary>The smallest aggregate there can be.</summary>
public sealed record Counter(string CounterId, int Count, bool Open) : IAggregate<Counter>
{
    public static Topic Topic { get; } = new("tests", "counter");

    public IEnumerable<string> Lists => ["even"];

    public IEnumerable<string> Sets => Open ? ["open"] : [];

    public static Counter Evolve(Counter? counter, Happened happened) => happened.Event switch
    {
        Counted counted => new(counted.Id, (counter?.Count ?? 0) + 1, counter?.Open ?? true),
        CountedQuietly quiet => counter! with { Count = counter.Count + quiet.Units },
        Closed => counter! with { Open = false },
        _ => throw new InvalidOperationException(),
    };

    public object ToPublic(string currency) => new { CounterId, Count };
}

[Published("counted")]
public sealed record Counted(string Id) : DomainEvent;

/// <summary>A quantity that is put on, as units of a product into a basket: nothing to publish, so no entry in the journal.</summary>
public sealed record CountedQuietly(int Units = 1) : DomainEvent;

[Published("closed")]
public sealed record Closed : DomainEvent;

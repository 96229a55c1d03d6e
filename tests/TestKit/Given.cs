using MallBots.ServiceKit.Domain;
using Xunit;

namespace MallBots.TestKit;

/// <summary>
/// Tests of domain rules: given events, when a command, then events or a refusal.
/// <code>Given&lt;Basket&gt;(started).When(basket => basket.Cancel()).Then(new BasketCanceled())</code>
/// </summary>
public static class Spec
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>What happened before, a minute apart, the first at <see cref="Start"/>.</summary>
    public static Given<T> Given<T>(params DomainEvent[] events) where T : class, IAggregate<T> => new(Fold<T>(events), events.Length);

    /// <summary>The state after these events.</summary>
    public static T? Fold<T>(params IEnumerable<DomainEvent> events) where T : class, IAggregate<T>
    {
        T? state = null;
        var version = 0;
        foreach (var happened in events) state = T.Evolve(state, new Happened(happened, ++version, Start.AddMinutes(version - 1)));
        return state;
    }
}

public sealed record Given<T>(T? State, int Version) where T : class, IAggregate<T>
{
    /// <summary>The command, on the state that the events led to.</summary>
    public When<T> When(Func<T, Decision> command) => new(this, command(State ?? throw new InvalidOperationException("Nothing has happened yet: use WhenNew.")));

    /// <summary>The command, also when nothing has happened yet.</summary>
    public When<T> WhenNew(Func<T?, Decision> command) => new(this, command(State));
}

public sealed record When<T>(Given<T> Given, Decision Decision) where T : class, IAggregate<T>
{
    /// <summary>Exactly these events, and no refusal.</summary>
    public When<T> Then(params DomainEvent[] events)
    {
        Assert.Null(Decision.Refusal);
        Assert.Equal(events, Decision.Events);
        return this;
    }

    /// <summary>Nothing is left to do.</summary>
    public When<T> ThenNothing() => Then();

    /// <summary>Refused, and nothing changes unless events are named.</summary>
    public When<T> ThenRefused(RefusalKind kind, params DomainEvent[] events)
    {
        Assert.Equal(kind, Decision.Refusal?.Kind);
        Assert.Equal(events, Decision.Events);
        return this;
    }

    /// <summary>The state afterwards.</summary>
    public When<T> ThenState(Action<T> check)
    {
        var (state, version) = (Given.State, Given.Version);
        foreach (var happened in Decision.Events) state = T.Evolve(state, new Happened(happened, ++version, Spec.Start.AddMinutes(version - 1)));
        check(state!);
        return this;
    }
}

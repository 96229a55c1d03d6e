namespace MallBots.Sidecar;

/// <summary>
/// Defects of the real runtime, and everything that a network does, for tests to switch on; all off by default, for a defect is not copied
/// (docs/architecture.md, section 4). A share is from 0 to 1. One seed decides all that is left to chance.
/// </summary>
public sealed class Traps
{
    readonly Lock gate = new();
    Random random;
    int seed;

    /// <summary>All off, with a seed of its own.</summary>
    public Traps()
    {
        seed = Random.Shared.Next();
        random = new Random(seed);
    }

    /// <summary>Decides all that is left to chance; set, it begins anew. The same seed decides the same, as far as the same calls come in the same order.</summary>
    public int Seed
    {
        get => seed;
        set
        {
            lock (gate) (seed, random) = (value, new Random(value));
        }
    }

    /// <summary>Fact S1: a transaction with one failing operation still applies the others. On Redis it always does.</summary>
    public bool TransactionsAreHalfApplied { get; set; }

    /// <summary>
    /// The store is away, as a sidecar on Redis shows it: gets fail, bulk gets answer empty values (fact S12), saves with an ETag are reported as
    /// conflicts (fact S11), all others fail.
    /// </summary>
    public bool StateIsAway { get; set; }

    /// <summary>Fact S11: this share of the saves with an ETag or first-write is carried out, but reported as a conflict.</summary>
    public double FalseConflicts { get; set; }

    /// <summary>Fact S12: this share of the bulk gets answers empty values, as if every key were missing.</summary>
    public double EmptyBulkGets { get; set; }

    /// <summary>This share of the saves, deletes and transactions is carried out, but the caller never hears of it: its call is cut.</summary>
    public double CutAnswers { get; set; }

    /// <summary>This share of the publishes fails, and the broker has nothing; 1: the broker is away.</summary>
    public double FailedPublishes { get; set; }

    /// <summary>This share of the publishes is reported as failed, though the broker has taken the message.</summary>
    public double CutPublishes { get; set; }

    /// <summary>Messages of a topic are held back until this many have come together, then let go in random order. 0: none is held.</summary>
    public int ReorderWindow { get; set; }

    /// <summary>So long are messages held for <see cref="ReorderWindow"/> at most: a topic that got quiet is let go too.</summary>
    public TimeSpan LongestHold { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Each message is held back for a random time up to this.</summary>
    public TimeSpan LongestDelayOfMessages { get; set; }

    /// <summary>Fact P9: messages are delivered in no order. The embedded engines only; on Redis they are by themselves.</summary>
    public bool MessagesHaveNoOrder { get; set; }

    /// <summary>Fact P12: this share of the deliveries is acknowledged though the app never got it.</summary>
    public double LostMessages { get; set; }

    /// <summary>At least once, taken at its word: this share of the deliveries comes a second time after it was handled.</summary>
    public double RepeatedMessages { get; set; }

    /// <summary>This share of the deliveries fails before the app hears of it; the engine delivers it again.</summary>
    public double FailedDeliveries { get; set; }

    /// <summary>This share of the deliveries is handled, but the app's answer is lost; the engine delivers it again.</summary>
    public double CutDeliveries { get; set; }

    /// <summary>Fact P3: a message whose handler failed is acknowledged. The embedded engines only; for Redis the component decides (fact P13).</summary>
    public bool FailedMessagesAreAcknowledged { get; set; }

    /// <summary>Fact I4: this share of the invocations answers 200 with nothing, and the app never hears of them.</summary>
    public double EmptyInvocations { get; set; }

    /// <summary>This share of the invocations is carried out, but the caller never hears of it: its call is cut.</summary>
    public double CutInvocations { get; set; }

    /// <summary>
    /// Fact W9: this share of the timers that fire and of the activities that end is told to nobody. Their instance sleeps: running, without an error, until
    /// something else comes for it or the sidecar ends.
    /// </summary>
    public double LostWakeUps { get; set; }

    /// <summary>How many were told to nobody so far.</summary>
    public int WakeUpsLost { get; private set; }

    /// <summary>
    /// Fact W9: this share of the turns of workflows fails, and with it every later one of that instance, each 25 ms after the last, while its history grows;
    /// until it is terminated or the sidecar ends.
    /// </summary>
    public double LoopingTurns { get; set; }

    /// <summary>Fact W9: this share of the calls to terminate a workflow answers an error at once, and takes effect all the same.</summary>
    public double FailedTerminations { get; set; }

    /// <summary>Whether it happens this time.</summary>
    internal bool Happens(double share) => share > 0 && Fraction() < share;

    /// <summary>Whether this wake-up is lost.</summary>
    internal bool LosesWakeUp()
    {
        if (!Happens(LostWakeUps)) return false;
        lock (gate) WakeUpsLost++;
        return true;
    }

    /// <summary>A number from 0, less than 1.</summary>
    internal double Fraction()
    {
        lock (gate) return random.NextDouble();
    }

    /// <summary>A number from 0, less than this.</summary>
    internal int Pick(int below)
    {
        lock (gate) return random.Next(below);
    }

    /// <summary>Puts the items in random order.</summary>
    internal void Shuffle<T>(T[] items)
    {
        lock (gate) random.Shuffle(items);
    }
}

/// <summary>Something fails because a trap wants it.</summary>
internal sealed class TrapException(string what) : Exception($"{what}, as a trap wants it.");

namespace MallBots.Sidecar;

/// <summary>
/// Defects of the real runtime that tests switch on, on the embedded engines; all off by default, for a defect is not copied
/// (docs/architecture.md, section 4).
/// </summary>
public sealed class Traps
{
    /// <summary>Fact S1: a transaction with one failing operation still applies the others.</summary>
    public bool TransactionsAreHalfApplied { get; set; }

    /// <summary>Fact S11: this share of the saves with an ETag or first-write (0 to 1) is carried out, but reported as a conflict.</summary>
    public double FalseConflicts { get; set; }

    /// <summary>Fact S12: this share of the bulk gets (0 to 1) answers empty values, as if every key were missing.</summary>
    public double EmptyBulkGets { get; set; }

    /// <summary>This share of the saves, deletes and transactions (0 to 1) is carried out, but the caller never hears of it: its call is cut.</summary>
    public double CutAnswers { get; set; }

    /// <summary>Fact P3: a message whose handler failed is acknowledged.</summary>
    public bool FailedMessagesAreAcknowledged { get; set; }

    /// <summary>Fact P9: messages are delivered in no order.</summary>
    public bool MessagesHaveNoOrder { get; set; }

    /// <summary>Fact P12: this share of the deliveries (0 to 1) is acknowledged though the app never got it.</summary>
    public double LostMessages { get; set; }

    /// <summary>At least once, taken at its word: this share of the deliveries (0 to 1) comes a second time after it was handled.</summary>
    public double RepeatedMessages { get; set; }

    /// <summary>Each message is held back for a random time up to this.</summary>
    public TimeSpan LongestDelayOfMessages { get; set; }

    /// <summary>Fact I4: this share of the invocations (0 to 1) answers 200 with nothing, and the app never hears of them.</summary>
    public double EmptyInvocations { get; set; }

    internal static bool Happens(double share) => share > 0 && Random.Shared.NextDouble() < share;
}

namespace MallBots.Sidecar;

/// <summary>
/// Defects of the real runtime that tests switch on, on the embedded engines; all off by default, for a defect is not copied
/// (docs/architecture.md, section 4).
/// </summary>
public sealed class Traps
{
    /// <summary>Fact S1: a transaction with one failing operation still applies the others.</summary>
    public bool TransactionsAreHalfApplied { get; set; }

    /// <summary>Fact S11: an error of a save with an ETag is reported as a conflict, though the save is carried out.</summary>
    public bool SavesReportConflictsThatAreNone { get; set; }

    /// <summary>Fact S12: a bulk get answers empty values instead of an error.</summary>
    public bool BulkGetsAreEmpty { get; set; }

    /// <summary>What is saved is saved, but the caller never hears of it: the connection is cut.</summary>
    public bool AnswersOfSavesAreCut { get; set; }

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

    /// <summary>Fact I4: an invocation answers 200 with nothing.</summary>
    public bool InvocationsAnswerNothing { get; set; }
}

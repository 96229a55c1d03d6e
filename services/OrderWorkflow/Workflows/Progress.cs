using MallBots.Contracts;

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>
/// How far an instance has come: its custom status, what it continues as new with, and in the end what its process document keeps. Changed only by
/// the workflow that it belongs to, which makes it anew from its history at each replay.
/// </summary>
public sealed class Progress
{
    /// <summary>The workflow's name.</summary>
    public required string Name { get; init; }

    /// <summary>The step it is at; null before the first and after the last.</summary>
    public string? Step { get; set; }

    /// <summary>True from the moment that it takes back what it did.</summary>
    public bool Undoing { get; set; }

    /// <summary>True once the customer's wish to cancel has reached it.</summary>
    public bool CancelAsked { get; set; }

    /// <summary>True while the present step fails for too long.</summary>
    public bool NeedsAttention { get; set; }

    /// <summary>Counts how often attention was called for; an operator's answer names the number, so that no other wait takes it.</summary>
    public int Attention { get; set; }

    /// <summary>How often it tried to write to its process document: so its status moves then too, and the sweep sees that it goes on.</summary>
    public int Writes { get; set; }

    /// <summary>Why it does not go on, or why it took another way.</summary>
    public string? Reason { get; set; }

    /// <summary>The steps so far, in the order they were begun.</summary>
    public List<StepProgress> Steps { get; init; } = [];

    internal StepProgress? Answered(string step) => Steps.Find(begun => begun.Name == step && begun.EndedAt is not null);
}

/// <summary>What came of a step so far.</summary>
public sealed class StepProgress
{
    /// <summary>Outcome of an undo that an operator gave up.</summary>
    public const string GivenUp = "givenUp";

    /// <summary>Name of the step and of its command.</summary>
    public required string Name { get; init; }

    /// <summary>The business answer once there is one: approved, refused, go …, or given up.</summary>
    public string? Outcome { get; set; }

    /// <summary>Code of a refusal.</summary>
    public string? Code { get; set; }

    /// <summary>The refusal, or the operator's reason to give up, in words.</summary>
    public string? Text { get; set; }

    /// <summary>How often the command was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>When it was begun, in UTC.</summary>
    public DateTime StartedAt { get; init; }

    /// <summary>When it was answered, in UTC.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary>The latest fault.</summary>
    public string? Fault { get; set; }

    /// <summary>When it began to fail, in UTC.</summary>
    public DateTime? FailingSince { get; set; }

    /// <summary>As the API shows it.</summary>
    public OrderWorkflowStep ToPublic() => new(Name, Outcome, Code, Text, Attempts, StartedAt, EndedAt, Fault);

    /// <summary>The answer as it was; an undo that was given up counts as done.</summary>
    internal CommandAnswer Answer => Outcome == GivenUp ? CommandAnswer.Approved : new(Enum.Parse<AnswerOutcome>(Outcome!, ignoreCase: true), Code, Text);
}

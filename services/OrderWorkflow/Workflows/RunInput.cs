namespace MallBots.OrderWorkflow.Workflows;

/// <summary>What an instance starts with, and what it continues as new with.</summary>
/// <typeparam name="TFacts">What the workflow knows of its order.</typeparam>
/// <param name="OrderId">The order.</param>
/// <param name="Facts">What the commands are made of.</param>
/// <param name="Patience">How faults are retried. It comes with the input, since a workflow may not read a configuration: a replay has to see the same.</param>
/// <param name="Progress">How far an earlier stretch of this instance came; null at first.</param>
public sealed record RunInput<TFacts>(string OrderId, TFacts Facts, Patience Patience, Progress? Progress = null);

/// <summary>How faults are retried (specification 4).</summary>
public sealed record Patience
{
    /// <summary>The wait after the first fault of a step; <c>Workflow:FirstDelay</c>.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The wait doubles up to this; <c>Workflow:LongestDelay</c>.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>A step that fails for longer needs an operator's attention, while it goes on; <c>Workflow:AttentionAfter</c>.</summary>
    public TimeSpan AttentionAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>After so many failed attempts the instance continues as new, so that its history stays short; <c>Workflow:AttemptsPerStretch</c>.</summary>
    public int AttemptsPerStretch { get; init; } = 100;

    /// <summary>The wait after so many attempts.</summary>
    public TimeSpan DelayAfter(int attempts)
    {
        var doubled = FirstDelay * Math.Pow(2, Math.Min(attempts - 1, 20));
        return doubled < LongestDelay ? doubled : LongestDelay;
    }

    /// <summary>Reads it from the configuration.</summary>
    public static Patience From(IConfiguration configuration)
    {
        var usual = new Patience();
        return new()
        {
            FirstDelay = configuration.GetValue("Workflow:FirstDelay", usual.FirstDelay),
            LongestDelay = configuration.GetValue("Workflow:LongestDelay", usual.LongestDelay),
            AttentionAfter = configuration.GetValue("Workflow:AttentionAfter", usual.AttentionAfter),
            AttemptsPerStretch = configuration.GetValue("Workflow:AttemptsPerStretch", usual.AttemptsPerStretch),
        };
    }
}

using MallBots.OrderWorkflow.Workflows;
using MallBots.ServiceKit.Hosting;

namespace MallBots.OrderWorkflow.Runs;

/// <summary>How runs are looked after (specification 3, order-workflow).</summary>
public sealed record RunOptions
{
    /// <summary>How often the sweep looks at every run that is not over; <c>Workflow:SweepEvery</c>, default 30 s.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>An instance whose custom status has not moved for so long stands still, and is restarted (fact W9); <c>Workflow:StuckAfter</c>, default 2 min.</summary>
    public TimeSpan StuckAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// What an attempt of a step takes at most: three times <c>Calls:Timeout</c>. A command is one call; the process document is read, entered in the
    /// journal and saved.
    /// </summary>
    public required TimeSpan LongestAttempt { get; init; }

    /// <summary>For how long the status of an instance may stand where it is.</summary>
    /// <param name="own">The patience that the instance was started with: it keeps that, whatever is configured now.</param>
    public TimeSpan MayStandFor(Patience? own)
    {
        var legal = (own?.LongestDelay ?? TimeSpan.Zero) + LongestAttempt;
        return legal > StuckAfter ? legal : StuckAfter;
    }

    /// <summary>Reads it from the configuration.</summary>
    /// <exception cref="InvalidOperationException">A run that pauses would be taken for one that stands still.</exception>
    public static RunOptions From(IConfiguration configuration, Patience patience, KitOptions kit)
    {
        var options = new RunOptions
        {
            SweepEvery = configuration.GetValue("Workflow:SweepEvery", TimeSpan.FromSeconds(30)),
            StuckAfter = configuration.GetValue("Workflow:StuckAfter", TimeSpan.FromMinutes(2)),
            LongestAttempt = kit.CallTimeout * 3,
        };
        var legal = patience.LongestDelay + options.LongestAttempt;
        return options.StuckAfter > legal
            ? options
            : throw new InvalidOperationException(
                $"{kit.AppId} does not start: Workflow:StuckAfter is {options.StuckAfter}, and must be longer than {legal}, which is the longest pause "
                + $"between two attempts (Workflow:LongestDelay, {patience.LongestDelay}) and the longest attempt (three times Calls:Timeout, "
                + $"{options.LongestAttempt}): else a run that only pauses is restarted.");
    }
}

using System.Diagnostics.Metrics;

namespace MallBots.OrderWorkflow.Runs;

/// <summary>Counts the restarts of instances that stood still.</summary>
public sealed class RestartCounter(IMeterFactory meters)
{
    readonly Counter<long> restarts = meters.Create("MallBots.OrderWorkflow").CreateCounter<long>(
        "mallbots.workflows.restarts", description: "Restarts of workflow instances that stood still.");

    /// <summary>One more, of this workflow.</summary>
    public void Count(string workflow) => restarts.Add(1, new KeyValuePair<string, object?>("workflow", workflow));
}

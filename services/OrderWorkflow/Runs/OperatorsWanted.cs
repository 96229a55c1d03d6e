using System.Diagnostics.Metrics;

namespace MallBots.OrderWorkflow.Runs;

/// <summary>Counts the calls for an operator's attention: of instances that go on, and for runs that do not.</summary>
public sealed class OperatorsWanted(IMeterFactory meters)
{
    readonly Counter<long> calls = meters.Create("MallBots.OrderWorkflow").CreateCounter<long>(
        "mallbots.workflows.attention", description: "Calls for an operator's attention.");

    /// <summary>One more, at this step.</summary>
    public void Count(string step) => calls.Add(1, new KeyValuePair<string, object?>("step", step));
}

using Dapr.Workflow;
using MallBots.OrderWorkflow.Runs;

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>How an instance ended.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="InstanceId">The instance.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Progress">Its steps.</param>
public sealed record RunEnd(string OrderId, string InstanceId, string Outcome, Progress Progress);

/// <summary>
/// Activity: keeps the outcome in the process document, which outlives the runtime's history. Its result is a passing fault in short, null when it is done.
/// </summary>
public sealed class KeepOutcome(ProcessWrites processes) : WorkflowActivity<RunEnd, string?>
{
    /// <inheritdoc/>
    public override Task<string?> RunAsync(WorkflowActivityContext context, RunEnd input) => processes.Write(
        input.OrderId, input.InstanceId,
        process => process.End(input.InstanceId, input.Outcome, input.Progress.Reason, [.. input.Progress.Steps.Select(step => step.ToPublic())]));
}

using Dapr.Workflow;
using MallBots.OrderWorkflow.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.State;

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
public sealed class KeepOutcome(Documents<OrderProcess> processes) : WorkflowActivity<RunEnd, string?>
{
    /// <inheritdoc/>
    public override async Task<string?> RunAsync(WorkflowActivityContext context, RunEnd input)
    {
        try
        {
            await processes.Change(
                input.OrderId, Command.Internal(input.InstanceId, CancellationToken.None),
                process => process.End(input.InstanceId, input.Outcome, input.Progress.Reason, [.. input.Progress.Steps.Select(step => step.ToPublic())]));
            return null;
        }
        catch (Exception fault) when (fault is UnavailableException or BusyException)
        {
            return fault.Message;
        }
    }
}

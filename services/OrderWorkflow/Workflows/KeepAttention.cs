using Dapr.Workflow;
using MallBots.OrderWorkflow.Runs;

namespace MallBots.OrderWorkflow.Workflows;

/// <summary>An instance calls for an operator, or needs none any more.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="InstanceId">The instance.</param>
/// <param name="Step">The step that fails.</param>
/// <param name="Number">Number of the call; null: attention is not needed any more.</param>
/// <param name="Undoing">True when the step is an undo, which may be given up.</param>
/// <param name="Reason">The latest fault.</param>
public sealed record Attention(string OrderId, string InstanceId, string Step, int? Number, bool Undoing, string? Reason);

/// <summary>Activity: sets or clears needsAttention in the process document. Its result is a passing fault in short, null when it is done.</summary>
public sealed class KeepAttention(ProcessWrites processes, OperatorsWanted wanted) : WorkflowActivity<Attention, string?>
{
    /// <inheritdoc/>
    public override async Task<string?> RunAsync(WorkflowActivityContext context, Attention input)
    {
        var fault = await processes.Write(input.OrderId, input.InstanceId, process => input.Number is { } number
            ? process.CallForAttention(input.InstanceId, input.Step, number, input.Undoing, input.Reason ?? "")
            : process.GoOn(input.InstanceId));
        if (fault is null && input.Number is not null) wanted.Count(input.Step);
        return fault;
    }
}

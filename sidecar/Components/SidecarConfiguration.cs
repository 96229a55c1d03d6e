using MallBots.Sidecar.Secrets;

namespace MallBots.Sidecar.Components;

/// <summary>What the sidecar acts on of a Configuration document.</summary>
/// <param name="WorkflowRetention">How long ended workflow instances are kept (facts W4, W7).</param>
/// <param name="SecretsScopes">What apps may read of the secret stores, by store (fact R7).</param>
internal sealed record SidecarConfiguration(WorkflowRetention WorkflowRetention, IReadOnlyDictionary<string, SecretsScope> SecretsScopes)
{
    /// <summary>Nothing is configured.</summary>
    public static readonly SidecarConfiguration Default = new(new WorkflowRetention(null, null, null, null), new Dictionary<string, SecretsScope>());
}

/// <summary>`spec.workflow.stateRetentionPolicy`: how long an ended instance is kept, by the way it ended; null: for ever.</summary>
internal sealed record WorkflowRetention(TimeSpan? Completed, TimeSpan? Failed, TimeSpan? Terminated, TimeSpan? AnyTerminal);

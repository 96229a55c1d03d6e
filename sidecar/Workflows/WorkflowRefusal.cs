namespace MallBots.Sidecar.Workflows;

/// <summary>Why a call is refused.</summary>
internal enum RefusalReason
{
    /// <summary>There is no such instance.</summary>
    NotFound,

    /// <summary>An instance of this id has not ended yet (fact W2).</summary>
    AlreadyExists,

    /// <summary>Only an instance that has ended can be purged.</summary>
    NotCompleted,

    /// <summary>No worker is connected (fact W7).</summary>
    NoWorker,

    /// <summary>The storage failed; the instance is being loaded again.</summary>
    Unavailable,

    /// <summary>A trap wants it (fact W9).</summary>
    Trap,
}

/// <summary>A call that is refused, in the runtime's own words; each API adds its own around them.</summary>
internal sealed class WorkflowRefusal(RefusalReason reason, string message) : Exception(message)
{
    public RefusalReason Reason { get; } = reason;

    public static WorkflowRefusal NotFound() => new(RefusalReason.NotFound, "no such instance exists");

    public static WorkflowRefusal AlreadyExists(string instanceId) =>
        new(RefusalReason.AlreadyExists, $"an active workflow with ID '{instanceId}' already exists");

    public static WorkflowRefusal NotCompleted() => new(RefusalReason.NotCompleted, "orchestration has not yet completed");

    public static WorkflowRefusal NoWorker(string appId, string instanceId) =>
        new(RefusalReason.NoWorker, $"did not find address for actor 'dapr.internal.default.{appId}.workflow/{instanceId}'");

    public static WorkflowRefusal Trap(string instanceId) => new(RefusalReason.Trap, $"failed to terminate workflow '{instanceId}', as a trap wants it");

    public static WorkflowRefusal Unavailable(string instanceId) =>
        new(RefusalReason.Unavailable, $"workflow with ID '{instanceId}' is being loaded again after a fault of its storage");
}

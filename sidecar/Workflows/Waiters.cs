using Dapr.DurableTask.Protobuf;

namespace MallBots.Sidecar.Workflows;

/// <summary>Callers who wait until an instance is in a certain status. Guarded by the engine's lock.</summary>
internal sealed class Waiters
{
    readonly Dictionary<string, List<Waiter>> waiting = new(StringComparer.Ordinal);

    public Waiter Add(string instanceId, Func<OrchestrationStatus, bool> until, bool withInputsAndOutputs)
    {
        var waiter = new Waiter(instanceId, until, withInputsAndOutputs);
        if (!waiting.TryGetValue(instanceId, out var others)) waiting[instanceId] = others = [];
        others.Add(waiter);
        return waiter;
    }

    public void Remove(Waiter waiter)
    {
        if (waiting.TryGetValue(waiter.InstanceId, out var others) && others.Remove(waiter) && others.Count == 0) waiting.Remove(waiter.InstanceId);
    }

    /// <summary>The instance's status may have changed.</summary>
    public void Tell(Instance instance)
    {
        if (!waiting.TryGetValue(instance.Id, out var waiters)) return;
        foreach (var waiter in waiters) waiter.Tell(instance);
    }
}

/// <summary>One caller.</summary>
internal sealed class Waiter(string instanceId, Func<OrchestrationStatus, bool> until, bool withInputsAndOutputs)
{
    readonly TaskCompletionSource<WorkflowState> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string InstanceId { get; } = instanceId;

    public Task<WorkflowState> State => completion.Task;

    public void Tell(Instance instance)
    {
        if (until(instance.Status)) completion.TrySetResult(instance.ToState(withInputsAndOutputs));
    }
}

using Dapr.Workflow;
using MallBots.OrderWorkflow.Workflows;
using Microsoft.Extensions.Logging;

namespace MallBots.Domain.Tests.OrderWorkflow;

/// <summary>
/// A workflow context without a runtime: whatever the workflow waits for lies open until the test brings it about. Everything runs on the test's own
/// thread, so a seed always leads to the same interleaving.
/// </summary>
sealed class SimulatedContext(string name, string instanceId, Func<DateTime> clock) : WorkflowContext
{
    /// <summary>The command that was sent and not answered.</summary>
    public (CommandToSend Command, TaskCompletionSource<object?> Answer)? Command { get; private set; }

    /// <summary>The timer that the workflow waits for.</summary>
    public TaskCompletionSource? Timer { get; private set; }

    /// <summary>What the activities that write to the process document answer, one after another; then null.</summary>
    public Queue<string> WriteFaults { get; } = new();

    /// <summary>Its custom status as it is now.</summary>
    public object? CustomStatus { get; private set; }

    /// <summary>The input that it continued as new with.</summary>
    public object? ContinuesWith { get; private set; }

    readonly Dictionary<string, TaskCompletionSource<object?>> listeners = [];

    public override string Name => name;

    public override string InstanceId => instanceId;

    public override DateTime CurrentUtcDateTime => clock();

    public override bool IsReplaying => false;

    /// <summary>Answers the command; the workflow goes on at once.</summary>
    public void Reply(Sent answer)
    {
        var waiting = Command!.Value.Answer;
        Command = null;
        waiting.SetResult(answer);
    }

    public void FireTimer()
    {
        var waiting = Timer!;
        Timer = null;
        waiting.TrySetResult();
    }

    public bool Raise(string name) => listeners.Remove(name, out var waiting) && waiting.TrySetResult(null);

    public override async Task<T> CallActivityAsync<T>(string name, object? input = null, WorkflowTaskOptions? options = null)
    {
        // What is kept in the process document is not looked at here.
        if (input is not CommandToSend command) return WriteFaults.TryDequeue(out var fault) ? (T)(object)fault : default!;
        var answer = new TaskCompletionSource<object?>();
        Command = (command, answer);
        return (T)(await answer.Task)!;
    }

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        var timer = Timer = new TaskCompletionSource();
        await using var stop = cancellationToken.Register(() =>
        {
            if (Timer == timer) Timer = null;
            timer.TrySetCanceled();
        });
        await timer.Task;
    }

    public override async Task<T> WaitForExternalEventAsync<T>(string eventName, CancellationToken cancellationToken = default)
    {
        var listener = listeners[eventName] = new TaskCompletionSource<object?>();
        await using var stop = cancellationToken.Register(() => listener.TrySetCanceled());
        await listener.Task;
        return default!;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => ContinuesWith = newInput;

    public override void SetCustomStatus(object? customStatus) => CustomStatus = customStatus;

    public override bool IsPatched(string patchName) => throw new NotSupportedException();

    public override void SendEvent(string instanceId, string eventName, object payload) => throw new NotSupportedException();

    public override Task<TResult> CallChildWorkflowAsync<TResult>(string workflowName, object? input = null, ChildWorkflowTaskOptions? options = null) => throw new NotSupportedException();

    public override ILogger CreateReplaySafeLogger(string categoryName) => throw new NotSupportedException();

    public override ILogger CreateReplaySafeLogger(Type type) => throw new NotSupportedException();

    public override ILogger CreateReplaySafeLogger<T>() => throw new NotSupportedException();

    public override Guid NewGuid() => throw new NotSupportedException();

    public override PropagatedHistory? GetPropagatedHistory() => throw new NotSupportedException();
}

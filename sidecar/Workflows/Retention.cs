using Dapr.DurableTask.Protobuf;
using MallBots.Sidecar.Components;

namespace MallBots.Sidecar.Workflows;

/// <summary>Forgets ended instances when the Configuration says so (facts W4, W7); without it they are kept for ever.</summary>
internal sealed class Retention(
    WorkflowRetention policy, IWorkflowStorage storage, Timers timers, TimeProvider clock, Action<Exception> onFault)
{
    // What ends in the same second is forgotten together: often enough, and no load.
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    DateTimeOffset next = DateTimeOffset.MaxValue;

    /// <summary>Until when an instance that ends now is kept, at least; null: for ever.</summary>
    public DateTimeOffset? KeepUntil(OrchestrationStatus status)
    {
        var kept = status switch
        {
            OrchestrationStatus.Completed => policy.Completed,
            OrchestrationStatus.Failed => policy.Failed,
            OrchestrationStatus.Terminated => policy.Terminated,
            _ => null,
        };
        var until = clock.GetUtcNow() + (kept ?? policy.AnyTerminal);
        if (until is { } due) LookAt(due);
        return until;
    }

    /// <summary>Forgets what is due, and looks again when the next one is.</summary>
    public async Task SweepAsync()
    {
        lock (gate)
        {
            next = DateTimeOffset.MaxValue;
        }

        try
        {
            var due = await storage.RemoveExpiredAsync(clock.GetUtcNow());
            if (due is not null) LookAt(due.Value);
        }
        catch (Exception fault)
        {
            // Nothing is lost: it stays a little longer.
            onFault(fault);
            LookAt(clock.GetUtcNow());
        }
    }

    void LookAt(DateTimeOffset due)
    {
        lock (gate)
        {
            if (due >= next) return;
            next = due;
        }

        var soonest = clock.GetUtcNow() + Pause;
        timers.At(due > soonest ? due : soonest, () => _ = SweepAsync());
    }
}

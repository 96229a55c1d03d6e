using Dapr.DurableTask.Protobuf;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Workflows;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>A turn that could not be stored has not happened: nothing of it is carried out, and it is tried again.</summary>
public sealed class StorageFaultTests
{
    static readonly WorkflowRetention KeepForEver = new(null, null, null, null);

    [Fact]
    public async Task A_turn_that_could_not_be_stored_is_tried_again_and_its_activities_run_once()
    {
        var storage = new FaultyStorage();
        await using var engine = await WorkflowEngine.StartAsync("wf", storage, KeepForEver, TimeProvider.System, NullLogger.Instance, new Traps());
        var worker = engine.Connect();
        await engine.CreateAsync(new CreateInstanceRequest { InstanceId = "a", Name = "Any" }, TestContext.Current.CancellationToken);

        storage.FailNext = true;
        var turn = await NextAsync(worker);
        await Assert.ThrowsAsync<IOException>(() => engine.CompleteTurnAsync(Scheduling(turn)));
        await Assert.ThrowsAsync<WorkflowRefusal>(() => engine.RaiseEventAsync("a", "e", null, TestContext.Current.CancellationToken));

        var again = await NextAsync(worker);
        Assert.Equal(turn.WorkflowRequest.NewEvents[1], again.WorkflowRequest.NewEvents[1]);
        await engine.CompleteTurnAsync(Scheduling(again));
        Assert.Equal("Work", (await NextAsync(worker)).ActivityRequest.Name);
        Assert.False(worker.Items.TryRead(out _));
    }

    [Fact]
    public async Task A_state_is_told_only_when_it_is_stored()
    {
        var storage = new FaultyStorage();
        await using var engine = await WorkflowEngine.StartAsync("wf", storage, KeepForEver, TimeProvider.System, NullLogger.Instance, new Traps());
        var worker = engine.Connect();
        await engine.CreateAsync(new CreateInstanceRequest { InstanceId = "a", Name = "Any" }, TestContext.Current.CancellationToken);
        var turn = await NextAsync(worker);

        storage.Hold();
        var completing = engine.CompleteTurnAsync(Completing(turn));
        var asking = engine.GetAsync("a", withInputsAndOutputs: false);
        Assert.False(asking.IsCompleted);
        storage.Release();
        await completing;
        Assert.Equal(OrchestrationStatus.Completed, (await asking)!.WorkflowStatus);
    }

    static async Task<WorkItem> NextAsync(Worker worker) => await worker.Items.ReadAsync(TestContext.Current.CancellationToken);

    static WorkflowResponse Scheduling(WorkItem turn) =>
        Answer(turn, new WorkflowAction { ScheduleTask = new ScheduleTaskAction { Name = "Work" } });

    static WorkflowResponse Completing(WorkItem turn) =>
        Answer(turn, new WorkflowAction { CompleteWorkflow = new CompleteWorkflowAction { WorkflowStatus = OrchestrationStatus.Completed } });

    static WorkflowResponse Answer(WorkItem turn, WorkflowAction action) =>
        new() { InstanceId = turn.WorkflowRequest.InstanceId, CompletionToken = turn.CompletionToken, Actions = { action } };

    sealed class FaultyStorage : IWorkflowStorage
    {
        readonly MemoryStorage inner = new();
        TaskCompletionSource? held;

        public bool FailNext { get; set; }

        public void Hold() => held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release()
        {
            held!.SetResult();
            held = null;
        }

        public async Task StoreAsync(IReadOnlyList<InstanceChange> changes)
        {
            if (FailNext)
            {
                FailNext = false;
                throw new IOException("disk full");
            }

            if (held is { } hold) await hold.Task;
            await inner.StoreAsync(changes);
        }

        public Task<IReadOnlyList<StoredInstance>> LoadUnfinishedAsync() => inner.LoadUnfinishedAsync();

        public Task<StoredInstance?> LoadAsync(string instanceId) => inner.LoadAsync(instanceId);

        public Task<IReadOnlyList<string>> ListAsync(string? after, int count) => inner.ListAsync(after, count);

        public Task<DateTimeOffset?> RemoveExpiredAsync(DateTimeOffset now) => inner.RemoveExpiredAsync(now);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

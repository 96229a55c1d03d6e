using Dapr.Workflow;
using Grpc.Core;
using MallBots.Sidecar.Components;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>Fact W9, switched on: instances that sleep or loop for good, and what helps: terminate, whatever it answers, purge, schedule again.</summary>
public sealed class WedgedInstanceTests : IAsyncLifetime
{
    readonly CancellationToken cancel = TestContext.Current.CancellationToken;
    SidecarUnderTest sidecar = null!;
    WorkflowHost app = null!;

    Traps Traps => sidecar.Sidecar.Traps;

    public async ValueTask InitializeAsync()
    {
        sidecar = await WorkflowSidecar.StartAsync("memory");
        app = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await sidecar.DisposeAsync();
    }

    [Theory]
    [InlineData("Five")] // An activity's result,
    [InlineData("Waiting")] // or a timer.
    public async Task An_instance_that_nobody_wakes_runs_for_good_until_it_is_terminated_purged_and_scheduled_again(string workflow)
    {
        Traps.LostWakeUps = 1;
        await app.Client.ScheduleNewWorkflowAsync(workflow, "w", "x");
        await Eventually.True(() => Task.FromResult(Traps.WakeUpsLost == 1), what: "nobody wakes it");
        Assert.Equal(WorkflowRuntimeStatus.Running, (await app.Client.GetWorkflowStateAsync("w", true, cancel))!.RuntimeStatus);

        Traps.LostWakeUps = 0;
        await StartsAnew(workflow);
    }

    [Fact]
    public async Task An_instance_that_loops_fails_each_turn_while_its_history_grows()
    {
        Traps.LoopingTurns = 1;
        await app.Client.ScheduleNewWorkflowAsync("Five", "w", "x");
        Traps.LoopingTurns = 0;
        var before = await Turns();
        await Eventually.True(async () => await Turns() > before + 5, what: "its history grows");
        Assert.Equal(WorkflowRuntimeStatus.Running, (await app.Client.GetWorkflowStateAsync("w", true, cancel))!.RuntimeStatus);

        Traps.FailedTerminations = 1;
        await StartsAnew("Five");
    }

    [Fact]
    public async Task Terminating_answers_an_error_and_takes_effect_and_until_then_purging_is_refused()
    {
        await app.Client.ScheduleNewWorkflowAsync("Sleeping", "w", "x");
        await Assert.ThrowsAsync<RpcException>(() => app.Client.PurgeInstanceAsync("w", cancel));
        Traps.FailedTerminations = 1;
        await Assert.ThrowsAsync<RpcException>(() => app.Client.TerminateWorkflowAsync("w", null, cancel));
        Assert.Equal(WorkflowRuntimeStatus.Terminated, (await app.Completed("w")).RuntimeStatus);
    }

    [Fact]
    public async Task Two_stores_for_the_workflows_of_one_app_stop_the_start()
    {
        var other = Yaml.Component("workflowstore", "state.in-memory", ("actorStateStore", "true"));
        var mistake = await Assert.ThrowsAsync<ResourceException>(() => SidecarUnderTest.StartAsync([WorkflowSidecar.State("memory"), other]));
        Assert.Contains("'workflowstore' and 'statestore' both say actorStateStore", mistake.Message, StringComparison.Ordinal);
    }

    /// <summary>Once workflows lay in the store of everything else; now they have one of their own, which is scoped, on the same file.</summary>
    [Fact]
    public async Task Workflows_move_from_the_store_of_everything_else_to_one_of_their_own_and_go_on()
    {
        using var folder = new TestFolder();
        await using (var before = await WorkflowSidecar.StartAsync("sqlite", folder.Path))
        {
            await using var worker = await WorkflowHost.StartAsync(before.Sidecar[WorkflowSidecar.AppId]);
            await worker.Client.ScheduleNewWorkflowAsync("Collecting", "moved", 1);
        }

        var own = Yaml.Component("workflowstore", "state.sqlite", ("connectionString", "mall.db"), ("actorStateStore", "true")) + $"\nscopes: [{WorkflowSidecar.AppId}]";
        await using var after = await SidecarUnderTest.StartAsync([Yaml.SqliteState, own], [WorkflowSidecar.AppId, SidecarUnderTest.AppId], folder: folder.Path);
        await using var next = await WorkflowHost.StartAsync(after.Sidecar[WorkflowSidecar.AppId]);
        await next.Client.RaiseEventAsync("moved", "item", "a", cancel);
        Assert.Equal("a", (await next.Completed("moved")).ReadOutputAs<string>());
        var refused = await Assert.ThrowsAsync<RpcException>(() => new TaskHubClient(after.Sidecar[SidecarUnderTest.AppId]).StartAsync("x", TimeSpan.FromSeconds(10)));
        Assert.Contains("actorStateStore", refused.Status.Detail, StringComparison.Ordinal);
    }

    async Task StartsAnew(string workflow)
    {
        if (Traps.FailedTerminations > 0) await Assert.ThrowsAsync<RpcException>(() => app.Client.TerminateWorkflowAsync("w", null, cancel));
        else await app.Client.TerminateWorkflowAsync("w", null, cancel);
        await app.Completed("w");
        Assert.True(await app.Client.PurgeInstanceAsync("w", cancel));
        Assert.NotEqual(true, (await app.Client.GetWorkflowStateAsync("w", true, cancel))?.Exists);
        await app.Client.ScheduleNewWorkflowAsync(workflow, "w", "x");
        if (workflow == "Waiting") await app.Client.RaiseEventAsync("w", "go", 1, cancel);
        Assert.Equal(WorkflowRuntimeStatus.Completed, (await app.Completed("w")).RuntimeStatus);
    }

    async Task<int> Turns() => (await app.Client.GetInstanceHistoryAsync("w", cancel)).Count;
}

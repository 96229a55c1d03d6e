using Dapr.Workflow;
using Dapr.Workflow.Client;
using Grpc.Core;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>What is left of a workflow when the sidecar or the worker is gone in the middle, and that it goes on from there.</summary>
public sealed class DurabilityTests
{
    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_a_kill_an_activity_that_was_running_runs_again_and_the_workflow_completes()
    {
        await using var killed = await WorkflowSidecar.StartAsync("sqlite");
        await using var first = await WorkflowHost.StartAsync(killed.Sidecar[WorkflowSidecar.AppId]);
        first.Gates.Close("ann");
        await first.Client.ScheduleNewWorkflowAsync("Chain", "chain", new Person("ann"));
        await Eventually.True(() => Task.FromResult(first.Runs.Count("ann") == 1));

        using var folder = TestFolder.AsAfterKill(killed);
        await using var sidecar = await WorkflowSidecar.StartAsync("sqlite", folder.Path);
        await using var second = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
        Assert.StartsWith("hello hello ann", (await second.Completed("chain")).ReadOutputAs<string>(), StringComparison.Ordinal);
        Assert.Equal(1, second.Runs.Count("ann"));
        first.Gates.Open("ann");
    }

    [Fact]
    public async Task After_a_kill_a_timer_fires_at_its_time_and_what_was_done_is_not_done_again()
    {
        await using var killed = await WorkflowSidecar.StartAsync("sqlite");
        await using var first = await WorkflowHost.StartAsync(killed.Sidecar[WorkflowSidecar.AppId]);
        await first.Client.ScheduleNewWorkflowAsync("Pausing", "pause", 1500);
        await Eventually.True(async () => (await first.Client.GetInstanceHistoryAsync("pause", cancel))
            .Any(happened => happened.EventType == WorkflowHistoryEventType.TimerCreated));

        using var folder = TestFolder.AsAfterKill(killed);
        await using var sidecar = await WorkflowSidecar.StartAsync("sqlite", folder.Path);
        await using var second = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
        Assert.Equal("hello pause-after", (await second.Completed("pause")).ReadOutputAs<string>());
        Assert.Equal(0, second.Runs.Count("pause-before"));
        var fired = second.WorkItems.SelectMany(item => item.WorkflowRequest?.NewEvents ?? []).Single(happened => happened.TimerFired is not null);
        Assert.True(fired.Timestamp >= fired.TimerFired.FireAt);
    }

    [Fact]
    public async Task After_a_kill_an_event_that_was_acknowledged_is_not_lost()
    {
        await using var killed = await WorkflowSidecar.StartAsync("sqlite");
        using var silent = new SilentWorker(killed.Sidecar[WorkflowSidecar.AppId]);
        var hub = new TaskHubClient(killed.Sidecar[WorkflowSidecar.AppId]);
        var starting = hub.StartAsync("collector", Deadline.Longest, "Collecting", "1");
        await silent.NextAsync();
        await hub.RaiseEventAsync("collector", "item", "\"heard\"");

        using var folder = TestFolder.AsAfterKill(killed);
        await using var sidecar = await WorkflowSidecar.StartAsync("sqlite", folder.Path);
        await using var app = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
        Assert.Equal("heard", (await app.Completed("collector")).ReadOutputAs<string>());
        await killed.Sidecar.DisposeAsync();
        await Assert.ThrowsAsync<RpcException>(() => starting);
    }

    [Fact]
    public async Task After_a_kill_between_two_runs_of_continue_as_new_nothing_is_lost_and_nothing_heard_twice()
    {
        await using var killed = await WorkflowSidecar.StartAsync("sqlite");
        await using var first = await WorkflowHost.StartAsync(killed.Sidecar[WorkflowSidecar.AppId]);
        await first.Client.ScheduleNewWorkflowAsync("Relay", "relay", "");
        await first.Client.RaiseEventAsync("relay", "item", "a", cancel);
        await first.Client.RaiseEventAsync("relay", "item", "b", cancel);
        await Eventually.True(async () => (await first.Client.GetWorkflowStateAsync("relay", cancellation: cancel))!.ReadCustomStatusAs<string>() == "ab");

        using var folder = TestFolder.AsAfterKill(killed);
        await using var sidecar = await WorkflowSidecar.StartAsync("sqlite", folder.Path);
        await using var second = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
        foreach (var item in (string[])["c", "d", "e"]) await second.Client.RaiseEventAsync("relay", "item", item, cancel);
        Assert.Equal("abcde", (await second.Completed("relay")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task After_a_restart_ended_instances_are_still_there_and_their_ids_run_again()
    {
        using var folder = new TestFolder();
        await using (var before = await WorkflowSidecar.StartAsync("sqlite", folder.Path))
        {
            await using var app = await WorkflowHost.StartAsync(before.Sidecar[WorkflowSidecar.AppId]);
            await app.Client.ScheduleNewWorkflowAsync("Failing", "again", "x");
            await app.Completed("again");
        }

        await using var after = await WorkflowSidecar.StartAsync("sqlite", folder.Path);
        await using var second = await WorkflowHost.StartAsync(after.Sidecar[WorkflowSidecar.AppId]);
        Assert.Equal(WorkflowRuntimeStatus.Failed, (await second.Completed("again")).RuntimeStatus);
        await second.Client.ScheduleNewWorkflowAsync("Five", "again", "x");
        Assert.Equal(WorkflowRuntimeStatus.Completed, (await second.Completed("again")).RuntimeStatus);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task What_a_worker_had_when_it_went_away_the_next_one_gets(string engine)
    {
        await using var sidecar = await WorkflowSidecar.StartAsync(engine);
        var endpoints = sidecar.Sidecar[WorkflowSidecar.AppId];
        var first = await WorkflowHost.StartAsync(endpoints);
        first.Gates.Close("ann");
        await first.Client.ScheduleNewWorkflowAsync("Chain", "chain", new Person("ann"));
        await Eventually.True(() => Task.FromResult(first.Runs.Count("ann") == 1));
        await first.DisposeAsync();

        await using var second = await WorkflowHost.StartAsync(endpoints);
        Assert.StartsWith("hello hello ann", (await second.Completed("chain")).ReadOutputAs<string>(), StringComparison.Ordinal);
        Assert.Equal(1, second.Runs.Count("ann"));
    }

    [Fact]
    public async Task The_late_answer_of_a_worker_that_was_given_up_is_ignored()
    {
        await using var sidecar = await WorkflowSidecar.StartAsync("memory");
        var endpoints = sidecar.Sidecar[WorkflowSidecar.AppId];
        using var lost = new SilentWorker(endpoints);
        var hub = new TaskHubClient(endpoints);
        var starting = hub.StartAsync("contested", Deadline.Longest);
        var lostTurn = await lost.NextAsync();
        lost.Disconnect();

        using var next = new SilentWorker(endpoints);
        var turn = await next.NextAsync();
        await lost.AnswerAsync(lostTurn, "late");
        await next.AnswerAsync(turn, "timely");
        await starting;
        Assert.Equal("timely", (await next.NextAsync()).ActivityRequest.Name);
    }

    [Fact]
    public async Task The_late_result_of_an_earlier_run_of_the_id_is_ignored()
    {
        await using var sidecar = await WorkflowSidecar.StartAsync("memory");
        var endpoints = sidecar.Sidecar[WorkflowSidecar.AppId];
        using var worker = new SilentWorker(endpoints);
        var hub = new TaskHubClient(endpoints);
        var starting = hub.StartAsync("reused", Deadline.Longest);
        await worker.AnswerAsync(await worker.NextAsync(), "activity");
        await starting;
        var earlier = await worker.NextAsync();

        await hub.PurgeByForceAsync("reused");
        starting = hub.StartAsync("reused", Deadline.Longest);
        await worker.AnswerAsync(await worker.NextAsync(), "activity");
        await starting;
        var later = await worker.NextAsync();
        await worker.AnswerActivityAsync(earlier, "\"earlier\"");
        await worker.AnswerActivityAsync(later, "\"later\"");
        var turn = await worker.NextAsync();
        Assert.Equal("\"later\"", turn.WorkflowRequest.NewEvents[1].TaskCompleted.Result);
    }
}

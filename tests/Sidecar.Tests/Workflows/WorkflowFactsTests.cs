using Dapr.Workflow;
using Dapr.Workflow.Client;
using Grpc.Core;
using MallBots.Sidecar.Tests.Core;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>What docs/dapr-facts.md says of workflows beyond the transcripts, on both storages.</summary>
public abstract class WorkflowFactsTests(string engine) : IAsyncLifetime
{
    readonly CancellationToken cancel = TestContext.Current.CancellationToken;
    SidecarUnderTest sidecar = null!;
    WorkflowHost app = null!;

    DaprWorkflowClient Client => app.Client;

    public async ValueTask InitializeAsync()
    {
        sidecar = await WorkflowSidecar.StartAsync(engine);
        app = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await sidecar.DisposeAsync();
    }

    [Fact]
    public async Task Several_events_of_one_name_are_taken_in_the_order_in_which_they_were_raised()
    {
        await Client.ScheduleNewWorkflowAsync("Collecting", "events", 3);
        foreach (var item in (string[])["a", "b", "c"]) await Client.RaiseEventAsync("events", "ITEM", item, cancel);
        Assert.Equal("a,b,c", (await app.Completed("events")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Continue_as_new_keeps_the_events_that_no_one_has_heard()
    {
        await Client.ScheduleNewWorkflowAsync("Relay", "relay", "");
        foreach (var item in (string[])["a", "b", "c", "d", "e"]) await Client.RaiseEventAsync("relay", "item", item, cancel);
        Assert.Equal("abcde", (await app.Completed("relay")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Terminating_a_parent_terminates_its_child()
    {
        await Client.ScheduleNewWorkflowAsync("LongParent", "family", "offspring");
        await Client.WaitForWorkflowStartAsync("offspring", cancellation: cancel);
        await Client.TerminateWorkflowAsync("family", null, cancel);
        Assert.Equal(WorkflowRuntimeStatus.Terminated, (await app.Completed("offspring")).RuntimeStatus);
    }

    [Fact]
    public async Task A_child_with_the_id_of_an_instance_that_runs_fails_in_its_parent()
    {
        await Client.ScheduleNewWorkflowAsync("Sleeping", "taken", "x");
        await Client.ScheduleNewWorkflowAsync("LongParent", "parent", "taken");
        var failed = await app.Completed("parent");
        Assert.Equal(WorkflowRuntimeStatus.Failed, failed.RuntimeStatus);
        Assert.Equal(WorkflowRuntimeStatus.Running, (await Client.GetWorkflowStateAsync("taken", cancellation: cancel))!.RuntimeStatus);
    }

    [Fact]
    public async Task What_has_ended_takes_events_suspension_and_termination_without_effect()
    {
        await Client.ScheduleNewWorkflowAsync("Five", "ended", "x");
        await app.Completed("ended");
        await Client.RaiseEventAsync("ended", "go", 1, cancel);
        await Client.SuspendWorkflowAsync("ended", null, cancel);
        await Client.TerminateWorkflowAsync("ended", null, cancel);
        Assert.Equal(WorkflowRuntimeStatus.Completed, (await Client.GetWorkflowStateAsync("ended", cancellation: cancel))!.RuntimeStatus);
    }

    [Fact]
    public async Task A_suspended_instance_runs_again_when_it_is_resumed()
    {
        await Client.ScheduleNewWorkflowAsync("Waiting", "paused", "x");
        await Client.SuspendWorkflowAsync("paused", "why", cancel);
        await Client.ResumeWorkflowAsync("paused", "because", cancel);
        Assert.Equal(WorkflowRuntimeStatus.Running, (await Client.GetWorkflowStateAsync("paused", cancellation: cancel))!.RuntimeStatus);
    }

    [Fact]
    public async Task An_unknown_activity_fails_its_workflow()
    {
        await Client.ScheduleNewWorkflowAsync("Lost", "lost", "x");
        var failed = await app.Completed("lost");
        Assert.Equal(WorkflowRuntimeStatus.Failed, failed.RuntimeStatus);
        Assert.Contains("'Missing' not found", failed.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_from_one_workflow_to_another_is_refused_in_so_many_words()
    {
        await Client.ScheduleNewWorkflowAsync("Sending", "sender", "x");
        var failed = await app.Completed("sender");
        Assert.Equal(WorkflowRuntimeStatus.Failed, failed.RuntimeStatus);
        Assert.Contains("does not support", failed.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_that_runs_cannot_be_purged()
    {
        await Client.ScheduleNewWorkflowAsync("Waiting", "busy", "x");
        var refused = await Assert.ThrowsAsync<RpcException>(() => Client.PurgeInstanceAsync("busy", cancel));
        Assert.Contains("not yet completed", refused.Status.Detail, StringComparison.Ordinal);
        Assert.True((await Client.GetWorkflowStateAsync("busy", cancellation: cancel))!.Exists);
    }

    [Fact]
    public async Task Purging_a_parent_purges_its_child()
    {
        await Client.ScheduleNewWorkflowAsync("Parent", "father", "p");
        await app.Completed("father");
        await Client.PurgeInstanceAsync("father", cancel);
        Assert.False((await Client.GetWorkflowStateAsync("child-1", cancellation: cancel))?.Exists ?? false);
    }

    [Fact]
    public async Task A_workflow_can_be_scheduled_for_later()
    {
        var start = DateTimeOffset.UtcNow.AddMilliseconds(300);
        await Client.ScheduleNewWorkflowAsync("Five", "later", "x", start);
        Assert.Equal(WorkflowRuntimeStatus.Pending, (await Client.GetWorkflowStateAsync("later", cancellation: cancel))!.RuntimeStatus);
        await app.Completed("later");
        var firstTurn = app.WorkItems.First(item => item.WorkflowRequest is not null);
        Assert.True(firstTurn.WorkflowRequest.NewEvents[0].Timestamp.ToDateTimeOffset() >= start);
    }

    [Fact]
    public async Task All_instances_are_listed_page_by_page()
    {
        string[] ids = ["list-1", "list-2", "list-3", "list-4", "list-5"];
        foreach (var id in ids) await Client.ScheduleNewWorkflowAsync("Five", id, "x");
        var listed = new List<string>();
        string? next = null;
        do
        {
            var page = await Client.ListInstanceIdsAsync(next, pageSize: 2, cancellation: cancel);
            listed.AddRange(page.InstanceIds);
            next = page.ContinuationToken;
        }
        while (next is not null);
        Assert.Equal(ids, listed);
    }

    [Fact]
    public async Task The_history_can_be_read()
    {
        await Client.ScheduleNewWorkflowAsync("Chain", "told", new Person("ann"));
        await app.Completed("told");
        var history = await Client.GetInstanceHistoryAsync("told", cancel);
        Assert.Equal(
            [
                WorkflowHistoryEventType.OrchestratorStarted, WorkflowHistoryEventType.ExecutionStarted, WorkflowHistoryEventType.TaskScheduled,
                WorkflowHistoryEventType.OrchestratorStarted, WorkflowHistoryEventType.TaskCompleted, WorkflowHistoryEventType.TaskScheduled,
                WorkflowHistoryEventType.OrchestratorStarted, WorkflowHistoryEventType.TaskCompleted, WorkflowHistoryEventType.ExecutionCompleted,
            ],
            history.Select(happened => happened.EventType));
    }

    [Fact]
    public async Task Two_apps_of_one_process_have_instances_of_the_same_id()
    {
        await using var other = await WorkflowHost.StartAsync(sidecar.Sidecar[SidecarUnderTest.AppId]);
        await Client.ScheduleNewWorkflowAsync("Chain", "same", new Person("ann"));
        await other.Client.ScheduleNewWorkflowAsync("Chain", "same", new Person("bob"));
        Assert.StartsWith("hello hello ann", (await app.Completed("same")).ReadOutputAs<string>(), StringComparison.Ordinal);
        Assert.StartsWith("hello hello bob", (await other.Completed("same")).ReadOutputAs<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hundred_workflows_at_once_all_complete()
    {
        var ids = Enumerable.Range(0, 100).Select(number => $"many-{number}").ToList();
        await Task.WhenAll(ids.Select(id => Client.ScheduleNewWorkflowAsync("Five", id, "x")));
        var ended = await Task.WhenAll(ids.Select(app.Completed));
        Assert.All(ended, state => Assert.Equal("done", state.ReadOutputAs<string>()));
    }

    [Fact]
    public async Task Whoever_waits_for_an_instance_that_is_not_there_waits_until_it_is()
    {
        var waiting = app.Completed("awaited");
        await Client.ScheduleNewWorkflowAsync("Five", "awaited", "x");
        Assert.Equal(WorkflowRuntimeStatus.Completed, (await waiting).RuntimeStatus);
    }
}

public sealed class WorkflowFactsOnMemoryTests() : WorkflowFactsTests("memory");

public sealed class WorkflowFactsOnSqliteTests() : WorkflowFactsTests("sqlite");

/// <summary>Facts W6 and W7: what is different while no worker is connected.</summary>
public sealed class WithoutWorkerTests
{
    readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scheduling_waits_for_a_worker_and_leaves_nothing_behind_when_the_caller_gives_up()
    {
        await using var sidecar = await WorkflowSidecar.StartAsync("memory");
        var endpoints = sidecar.Sidecar[WorkflowSidecar.AppId];
        var hub = new TaskHubClient(endpoints);
        var gaveUp = await Assert.ThrowsAsync<RpcException>(() => hub.StartAsync("given-up", TimeSpan.FromMilliseconds(300)));
        Assert.Equal(StatusCode.DeadlineExceeded, gaveUp.StatusCode);

        var patient = hub.StartAsync("patient", Deadline.Longest);
        await using var app = await WorkflowHost.StartAsync(endpoints);
        await patient;
        Assert.Equal(WorkflowRuntimeStatus.Completed, (await app.Completed("patient")).RuntimeStatus);
        Assert.False((await app.Client.GetWorkflowStateAsync("given-up", cancellation: cancel))?.Exists ?? false);
    }

    [Fact]
    public async Task An_event_waits_five_seconds_for_a_worker_and_is_then_refused_and_not_kept()
    {
        await using var sidecar = await WorkflowSidecar.StartAsync("memory");
        var endpoints = sidecar.Sidecar[WorkflowSidecar.AppId];
        await using (var first = await WorkflowHost.StartAsync(endpoints))
        {
            await first.Client.ScheduleNewWorkflowAsync("Collecting", "collector", 1);
        }

        var hub = new TaskHubClient(endpoints);
        var refused = await Assert.ThrowsAsync<RpcException>(() => hub.RaiseEventAsync("collector", "item", "\"lost\""));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);

        await using var second = await WorkflowHost.StartAsync(endpoints);
        await second.Client.RaiseEventAsync("collector", "item", "heard", cancel);
        Assert.Equal("heard", (await second.Completed("collector")).ReadOutputAs<string>());
    }

    [Fact]
    public async Task Without_a_state_store_for_actors_workflows_are_refused()
    {
        await using var sidecar = await SidecarUnderTest.StartAsync([Yaml.MemoryState]);
        var refused = await Assert.ThrowsAsync<RpcException>(
            () => new TaskHubClient(sidecar.Sidecar[SidecarUnderTest.AppId]).StartAsync("x", Deadline.Longest));
        Assert.Equal(StatusCode.Internal, refused.StatusCode);
        Assert.Contains("actorStateStore", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_token_guards_workflows_too()
    {
        await using var sidecar = await WorkflowSidecar.StartAsync("memory", apiToken: "secret");
        var endpoints = sidecar.Sidecar[WorkflowSidecar.AppId];
        await using var app = await WorkflowHost.StartAsync(endpoints, apiToken: "secret");
        await app.Client.ScheduleNewWorkflowAsync("Five", "guarded", "x");
        await app.Completed("guarded");

        var refused = await Assert.ThrowsAsync<RpcException>(() => new TaskHubClient(endpoints).StartAsync("x", Deadline.Longest));
        Assert.Equal(StatusCode.Unauthenticated, refused.StatusCode);
    }

    [Fact]
    public async Task Ended_instances_are_forgotten_when_the_Configuration_says_so()
    {
        const string configuration =
            """
            apiVersion: dapr.io/v1alpha1
            kind: Configuration
            metadata:
              name: retention
            spec:
              workflow:
                stateRetentionPolicy:
                  completed: "300ms"
                  anyTerminal: "1h"
            """;
        using var folder = new TestFolder();
        await using (var sidecar = await WorkflowSidecar.StartAsync("sqlite", folder.Path, configuration))
        {
            await using var app = await WorkflowHost.StartAsync(sidecar.Sidecar[WorkflowSidecar.AppId]);
            await app.Client.ScheduleNewWorkflowAsync("Failing", "fails", "x");
            await app.Completed("fails");
            await app.Client.ScheduleNewWorkflowAsync("Five", "short", "x");
            await app.Completed("short");
            await Eventually.True(async () => !((await app.Client.GetWorkflowStateAsync("short", cancellation: cancel))?.Exists ?? false));
            await app.Client.ScheduleNewWorkflowAsync("Five", "forgotten-after-restart", "x");
            await app.Completed("forgotten-after-restart");
        }

        await using var again = await WorkflowSidecar.StartAsync("sqlite", folder.Path, configuration);
        var hub = new TaskHubClient(again.Sidecar[WorkflowSidecar.AppId]);
        await Eventually.True(async () => !await hub.ExistsAsync("forgotten-after-restart"));
        Assert.True(await hub.ExistsAsync("fails"));
    }
}

using Dapr.DurableTask.Protobuf;
using MallBots.Sidecar.Workflows;
using Xunit;

namespace MallBots.Sidecar.Tests.Workflows;

/// <summary>The rules of one instance, without worker, storage or time.</summary>
public sealed class InstanceTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    readonly Instance instance = new("wf", "i");

    public InstanceTests() => instance.Offer(Events.ExecutionStarted(Now, "wf", new CreateInstanceRequest { InstanceId = "i", Name = "Any" }));

    [Fact]
    public void A_second_result_of_an_activity_is_dropped()
    {
        var scheduled = Turn(Schedule(0)).Activities.Single();
        Assert.True(instance.Offer(Result(scheduled, "first")));
        Assert.False(instance.Offer(Result(scheduled, "second")));
        Turn();
        Assert.False(instance.Offer(Result(scheduled, "third")));
    }

    [Fact]
    public void Events_that_come_during_a_turn_are_seen_by_the_next()
    {
        instance.BeginTurn(Now);
        instance.Offer(Events.EventRaised(Now, "e", null));
        Assert.False(instance.CanBeginTurn);
        instance.CompleteTurn(new WorkflowResponse(), Now);
        Assert.True(instance.CanBeginTurn);
        Assert.Equal(["workflowStarted", "eventRaised"], Types(instance.BeginTurn(Now).NewEvents));
    }

    [Fact]
    public void An_abandoned_turn_begins_again_with_what_has_come_since()
    {
        instance.BeginTurn(Now);
        instance.Offer(Events.EventRaised(Now, "e", null));
        instance.AbandonTurn();
        Assert.Equal(["workflowStarted", "executionStarted", "eventRaised"], Types(instance.BeginTurn(Now).NewEvents));
    }

    [Fact]
    public void Termination_ends_the_instance_though_the_worker_looked_only_at_the_event_after_it()
    {
        Turn(Schedule(0));
        instance.Offer(Events.Terminated(Now, null, recurse: true));
        instance.Offer(Events.EventRaised(Now, "e", null));
        var outcome = Turn(Schedule(1), Child(2));
        Assert.Equal(OrchestrationStatus.Terminated, instance.Status);
        Assert.Empty(outcome.Activities);
        Assert.Equal(["executionTerminated"], Types(outcome.Messages.Select(message => message.Event)));
    }

    [Fact]
    public void Continue_as_new_forgets_results_of_the_earlier_run_and_keeps_what_the_outside_said()
    {
        var scheduled = Turn(Schedule(0)).Activities.Single();
        var earlierRun = instance.ExecutionId;
        instance.Offer(Events.EventRaised(Now, "heard", null));
        instance.BeginTurn(Now);
        instance.Offer(Result(scheduled, "too late"));
        instance.Offer(Events.EventRaised(Now, "unheard", null));
        var outcome = instance.CompleteTurn(
            Answer(new WorkflowAction { CompleteWorkflow = new CompleteWorkflowAction { WorkflowStatus = OrchestrationStatus.ContinuedAsNew } }), Now);

        Assert.True(outcome.ContinuedAsNew);
        Assert.NotEqual(earlierRun, instance.ExecutionId);
        Assert.Equal(OrchestrationStatus.Running, instance.Status);
        var next = instance.BeginTurn(Now);
        Assert.Empty(next.PastEvents);
        Assert.Equal(["workflowStarted", "executionStarted", "eventRaised"], Types(next.NewEvents));
        Assert.Equal("unheard", next.NewEvents[2].EventRaised.Name);
    }

    [Fact]
    public void A_stalled_instance_keeps_its_events_until_a_worker_with_the_code_comes()
    {
        instance.BeginTurn(Now);
        instance.CompleteTurn(
            Answer(new WorkflowAction { CompleteWorkflow = new CompleteWorkflowAction { WorkflowStatus = OrchestrationStatus.Stalled } }), Now);
        Assert.Equal(OrchestrationStatus.Stalled, instance.Status);
        Assert.False(instance.CanBeginTurn);
        instance.Unstall();
        Assert.Equal(["workflowStarted", "executionStarted"], Types(instance.BeginTurn(Now).NewEvents));
    }

    [Fact]
    public void A_timer_without_a_time_fails_the_workflow_and_not_the_engine()
    {
        Turn(new WorkflowAction { CreateTimer = new CreateTimerAction() });
        Assert.Equal(OrchestrationStatus.Failed, instance.Status);
    }

    [Fact]
    public void A_child_without_an_id_gets_the_same_one_whenever_the_turn_is_tried()
    {
        var action = Child(7);
        action.CreateChildWorkflow.InstanceId = "";
        Assert.Equal("i:0007", Turn(action).Messages.Single().InstanceId);
    }

    [Fact]
    public void The_version_that_the_worker_names_is_kept_with_the_turn()
    {
        instance.BeginTurn(Now);
        instance.CompleteTurn(new WorkflowResponse { Version = new WorkflowVersion { Name = "Any", Patches = { "patch-1" } } }, Now);
        Assert.Equal(["patch-1"], instance.History[0].WorkflowStarted.Version.Patches);
    }

    [Fact]
    public void What_is_open_is_known_again_from_what_was_stored()
    {
        var answered = Turn(Schedule(0), Schedule(1), Child(2)).Activities[0];
        instance.Offer(Result(answered, "done"));
        var restored = Instance.Restore("wf", new StoredInstance("i", null, 1, [.. instance.History], [.. instance.Inbox], instance.InboxStart));
        Assert.Equal([1], restored.OpenActivities.Keys);
        Assert.Equal(["child"], restored.Children);
        Assert.Equal(instance.ExecutionId, restored.ExecutionId);
        Assert.True(restored.CanBeginTurn);
    }

    TurnOutcome Turn(params WorkflowAction[] actions)
    {
        instance.BeginTurn(Now);
        return instance.CompleteTurn(Answer(actions), Now);
    }

    static WorkflowResponse Answer(params WorkflowAction[] actions) => new() { Actions = { actions } };

    static WorkflowAction Schedule(int id) => new() { Id = id, ScheduleTask = new ScheduleTaskAction { Name = "Work" } };

    static WorkflowAction Child(int id) => new() { Id = id, CreateChildWorkflow = new CreateChildWorkflowAction { Name = "Child", InstanceId = "child" } };

    static HistoryEvent Result(HistoryEvent scheduled, string result) => Events.ActivityEnded(Now, scheduled, new ActivityResponse { Result = result });

    static IEnumerable<string> Types(IEnumerable<HistoryEvent> events) =>
        events.Select(happened => char.ToLowerInvariant(happened.EventTypeCase.ToString()[0]) + happened.EventTypeCase.ToString()[1..]);
}

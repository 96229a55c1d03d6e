using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.OrderWorkflow;

/// <summary>The process document: each instance once, from the plan to the outcome (specification 3, order-workflow).</summary>
public sealed class OrderProcessTests
{
    static readonly RunPlanned Create = new("o-1", "o-1", "CreateOrder", null);
    static readonly RunPlanned Cancel = new("o-1", "cancel-o-1-3", "CancelOrder", 3);
    static readonly RunScheduled Scheduled = new("o-1");
    static readonly AttentionCalled Attention = new("o-1", "confirm-payment", 1, false, "payments did not answer.");
    static readonly AttentionCalled UndoAttention = new("o-1", "release-payment", 1, true, "payments did not answer.");
    static readonly RunEnded Ended = new("o-1", "approved", null, []);
    static readonly RunRestarting Restarting = new("o-1", "It stood still.");
    static readonly RunLetGo LetGo = new("o-1");
    static readonly DomainEvent[] RestartedThreeTimes =
        [Create, Scheduled, .. Enumerable.Repeat<DomainEvent[]>([Restarting, LetGo, Scheduled], 3).SelectMany(events => events)];

    [Fact]
    public void A_run_is_planned_before_the_runtime_hears_of_it() => Spec.Given<OrderProcess>()
        .WhenNew(process => OrderProcess.Plan(process, Create))
        .Then(Create)
        .ThenState(process => Assert.Equal((RunStatus.Scheduling, "open"), (process.Runs.Single().Status, process.Sets.Single())));

    [Fact]
    public void Whoever_finds_a_run_leaves_it_alone()
    {
        foreach (var events in new DomainEvent[][] { [Create], [Create, Scheduled], [Create, Scheduled, Ended], [Create, Scheduled, new RunFailed("o-1", "x")] })
            Spec.Given<OrderProcess>(events).WhenNew(process => OrderProcess.Plan(process, Create)).ThenNothing();
    }

    [Fact]
    public void A_request_to_cancel_is_a_run_of_its_own() => Spec.Given<OrderProcess>(Create, Scheduled, Ended)
        .WhenNew(process => OrderProcess.Plan(process, Cancel))
        .Then(Cancel)
        .ThenState(process => Assert.Equal("cancel-o-1-3", process.Foremost.InstanceId));

    [Fact]
    public void The_outcome_may_be_kept_before_the_scheduling_is()
    {
        Spec.Given<OrderProcess>(Create).When(process => process.End("o-1", "approved", null, [])).Then(Ended);
        Spec.Given<OrderProcess>(Create, Ended).When(process => process.Scheduled("o-1", 0)).ThenNothing();
    }

    [Fact]
    public void An_ended_run_keeps_its_outcome_and_is_not_open_any_more()
    {
        Spec.Given<OrderProcess>(Create, Scheduled, Ended).When(process => process.End("o-1", "over", null, [])).ThenNothing();
        Assert.Empty(Spec.Fold<OrderProcess>([Create, Scheduled, Ended])!.Sets);
    }

    [Fact]
    public void A_call_for_attention_is_listed_until_it_is_over()
    {
        Spec.Given<OrderProcess>(Create, Scheduled)
            .When(process => process.CallForAttention("o-1", "confirm-payment", 1, false, "payments did not answer."))
            .Then(Attention)
            .ThenState(process => Assert.Equal(["open", "need-attention"], process.Sets));
        Spec.Given<OrderProcess>(Create, Scheduled, Attention).When(process => process.GoOn("o-1")).Then(new AttentionOver("o-1"))
            .ThenState(process => Assert.Equal(["open"], process.Sets));
    }

    [Fact]
    public void A_call_that_is_repeated_late_is_not_listed_again() => Spec.Given<OrderProcess>(Create, Scheduled, Attention, new AttentionOver("o-1"))
        .When(process => process.CallForAttention("o-1", "confirm-payment", 1, false, "payments did not answer."))
        .ThenNothing();

    [Fact]
    public void The_run_that_needs_attention_is_the_foremost() =>
        Assert.Equal("o-1", Spec.Fold<OrderProcess>([Create, Scheduled, Attention, Cancel])!.Foremost.InstanceId);

    [Fact]
    public void An_operator_is_refused_when_nobody_waits_or_at_another_step()
    {
        Spec.Given<OrderProcess>(Create, Scheduled).When(process => process.Resume(false, "confirm-payment", "")).ThenRefused(ProcessRefusals.NotWaiting);
        Spec.Given<OrderProcess>(Create, Scheduled, Ended).When(process => process.Resume(true, "confirm-payment", "")).ThenRefused(ProcessRefusals.NotWaiting);
        Spec.Given<OrderProcess>(Create, Scheduled, Attention).When(process => process.Resume(false, "begin-order", "")).ThenRefused(ProcessRefusals.NotWaiting);
    }

    [Fact]
    public void Only_an_undo_is_given_up()
    {
        Spec.Given<OrderProcess>(Create, Scheduled, Attention).When(process => process.Resume(true, "confirm-payment", "x")).ThenRefused(ProcessRefusals.NothingToGiveUp);
        Spec.Given<OrderProcess>(Create, Scheduled, UndoAttention).When(process => process.Resume(true, "release-payment", "x"))
            .Then(new OperatorDecided("o-1", true, "x"))
            .ThenState(process => Assert.Equal(["x"], process.Foremost.OperatorTexts));
        Spec.Given<OrderProcess>(Create, Scheduled, UndoAttention, new RunFailed("o-1", "defect")).When(process => process.Resume(true, "release-payment", "x")).ThenRefused(ProcessRefusals.NothingToGiveUp);
    }

    [Fact]
    public void A_failed_run_needs_attention_and_is_scheduled_again_by_retry()
    {
        Spec.Given<OrderProcess>(Create, Scheduled).When(process => process.Fail("o-1", "defect")).Then(new RunFailed("o-1", "defect"))
            .ThenState(process => Assert.Equal((OrderWorkflowStatus.NeedsAttention, "defect"), (process.ToResource().Status, process.ToResource().Reason)));
        Spec.Given<OrderProcess>(Create, Scheduled, new RunFailed("o-1", "defect")).When(process => process.Resume(false, "", "mended"))
            .Then(new OperatorDecided("o-1", false, "mended"), new RunRetried("o-1", LetGo: true))
            .ThenState(process => Assert.Equal((RunStatus.Restarting, false), (process.Foremost.Status, process.Foremost.NeedsAttention)));
    }

    [Fact]
    public void A_run_that_is_over_or_planned_does_not_fail()
    {
        Spec.Given<OrderProcess>(Create).When(process => process.Fail("o-1", "x")).ThenNothing();
        Spec.Given<OrderProcess>(Create, Scheduled, Ended).When(process => process.Fail("o-1", "x")).ThenNothing();
    }

    [Fact]
    public void A_run_that_stands_still_is_restarted_with_time_and_reason_and_stays_open() => Spec.Given<OrderProcess>(Create, Scheduled, Attention)
        .When(process => process.StandStill("o-1", 0, "It stood still."))
        .Then(Restarting)
        .ThenState(process =>
        {
            var run = process.ToResource().Runs.Single();
            Assert.Equal(["open"], process.Sets);
            Assert.Equal((OrderWorkflowStatus.Scheduling, null), (run.Status, run.Step));
            Assert.Equal("It stood still.", run.Restarts.Single().Reason);
            Assert.NotEqual(default, run.Restarts.Single().At);
        });

    [Fact]
    public void A_restarted_run_is_planned_again_once_the_runtime_has_let_go_of_it() => Spec.Given<OrderProcess>(Create, Scheduled, Restarting)
        .When(process => process.LetGo("o-1", 1))
        .Then(LetGo)
        .ThenState(process => Assert.Equal((RunStatus.Scheduling, 1), (process.Foremost.Status, process.Foremost.Restarts.Count)));

    [Fact]
    public void The_runtime_that_does_not_let_go_counts_as_another_restart() => Spec.Given<OrderProcess>(Create, Scheduled, Restarting)
        .When(process => process.StandStill("o-1", 1, "It stood still."))
        .Then(Restarting)
        .ThenState(process => Assert.Equal(2, process.Foremost.Restarts.Count));

    [Fact]
    public void After_three_restarts_an_operator_is_asked_and_a_retry_allows_three_more()
    {
        var failed = new RunFailed("o-1", "It stood still. It was restarted 3 times.");
        Spec.Given<OrderProcess>(RestartedThreeTimes).When(process => process.StandStill("o-1", 3, "It stood still.")).Then(failed)
            .ThenState(process => Assert.Equal(["need-attention"], process.Sets));
        Spec.Given<OrderProcess>([.. RestartedThreeTimes, failed]).When(process => process.Resume(false, "", "Once more"))
            .Then(new OperatorDecided("o-1", false, "Once more"), new RunRetried("o-1", LetGo: true))
            .ThenState(process => Assert.Equal((RunStatus.Restarting, 3), (process.Foremost.Status, process.Foremost.Restarts.Count)));
        Spec.Given<OrderProcess>([.. RestartedThreeTimes, failed, new RunRetried("o-1", LetGo: true), LetGo, Scheduled])
            .When(process => process.StandStill("o-1", 3, "It stood still."))
            .Then(Restarting);
    }

    [Fact]
    public void An_instance_that_is_gone_asks_for_an_operator_unless_it_was_restarted_before()
    {
        Spec.Given<OrderProcess>(Create, Scheduled).When(process => process.Lose("o-1", 0, "Gone.")).Then(new RunFailed("o-1", "Gone."));
        Spec.Given<OrderProcess>(Create, Scheduled, Restarting, LetGo, Scheduled).When(process => process.Lose("o-1", 1, "Gone.")).Then(new RunRestarting("o-1", "Gone."));
        Spec.Given<OrderProcess>(RestartedThreeTimes).When(process => process.Lose("o-1", 3, "Gone.")).Then(new RunFailed("o-1", "Gone. It was restarted 3 times."));
    }

    /// <summary>docs/models/restart.py: without the number a late sweep costs restart after restart.</summary>
    [Fact]
    public void Whoever_looked_before_the_latest_restart_changes_nothing()
    {
        DomainEvent[] again = [Create, Scheduled, Restarting, LetGo];
        Spec.Given<OrderProcess>(again).When(process => process.Scheduled("o-1", 0)).ThenNothing();
        Spec.Given<OrderProcess>([.. again, Scheduled]).When(process => process.StandStill("o-1", 0, "x")).ThenNothing();
        Spec.Given<OrderProcess>([.. again, Scheduled]).When(process => process.Lose("o-1", 0, "x")).ThenNothing();
        Spec.Given<OrderProcess>([.. again, Scheduled, Restarting]).When(process => process.LetGo("o-1", 1)).ThenNothing();
    }

    [Fact]
    public void A_run_that_is_over_planned_or_failed_does_not_stand_still()
    {
        foreach (var events in new DomainEvent[][] { [Create], [Create, Scheduled, Ended], [Create, Scheduled, new RunFailed("o-1", "x")], [Create, Scheduled, Restarting, Ended] })
        {
            var restarts = events.Count(happened => happened is RunRestarting);
            Spec.Given<OrderProcess>(events).When(process => process.StandStill("o-1", restarts, "x")).ThenNothing();
            Spec.Given<OrderProcess>(events).When(process => process.Lose("o-1", restarts, "x")).ThenNothing();
            Spec.Given<OrderProcess>(events).When(process => process.LetGo("o-1", restarts)).ThenNothing();
        }
    }

    [Fact]
    public void An_outcome_that_is_kept_late_ends_a_run_that_is_being_restarted() => Spec.Given<OrderProcess>(Create, Scheduled, Restarting)
        .When(process => process.End("o-1", "approved", null, []))
        .Then(Ended)
        .ThenState(process => Assert.Empty(process.Sets));

    /// <summary>Documents that were written before there were restarts (commit bf02e34): their events lead to their state, and they go on.</summary>
    [Theory]
    [InlineData("process-waiting", RunStatus.Running, true)]
    [InlineData("process-retried", RunStatus.Scheduling, false)]
    [InlineData("process-canceling", RunStatus.Running, false)]
    public void A_document_of_an_earlier_version_opens(string file, RunStatus status, bool needsAttention)
    {
        var json = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "OrderWorkflow", "Golden", file + ".json"));
        var document = KitJson.Read<Document<OrderProcess>>(json);
        var run = document.State!.Runs[^1];
        Assert.Equal((status, needsAttention, 0, true), (run.Status, run.NeedsAttention, run.Restarts.Count, run.MayRestart));
        Assert.Empty(document.State.ToResource().Runs[^1].Restarts);

        var replayed = document.Kept.Since(0).Last().After;
        Assert.Equal(KitJson.Write(document.State), KitJson.Write(replayed));
        if (status == RunStatus.Running) Assert.IsType<RunRestarting>(document.State.StandStill(run.InstanceId, 0, "x").Events.Single());
    }
}

using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
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
        Spec.Given<OrderProcess>(Create, Ended).When(process => process.Scheduled("o-1")).ThenNothing();
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
            .Then(new OperatorDecided("o-1", false, "mended"), new RunRetried("o-1"))
            .ThenState(process => Assert.Equal((RunStatus.Scheduling, false), (process.Foremost.Status, process.Foremost.NeedsAttention)));
    }

    [Fact]
    public void A_run_that_is_over_or_planned_does_not_fail()
    {
        Spec.Given<OrderProcess>(Create).When(process => process.Fail("o-1", "x")).ThenNothing();
        Spec.Given<OrderProcess>(Create, Scheduled, Ended).When(process => process.Fail("o-1", "x")).ThenNothing();
    }
}

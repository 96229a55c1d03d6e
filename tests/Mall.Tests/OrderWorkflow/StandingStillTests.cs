using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
using MallBots.OrderWorkflow.Runs;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.OrderWorkflow;

/// <summary>Which instances stand still, and which only seem to.</summary>
public sealed class StandingStillTests(StandingStillTests.ImpatientMall fixture) : IClassFixture<StandingStillTests.ImpatientMall>
{
    readonly WorkflowMall mall = fixture.Mall;
    readonly string order = WorkflowMall.NewOrder();

    [Fact]
    public async Task An_instance_that_fails_and_pauses_and_waits_for_an_operator_goes_on_and_is_not_restarted()
    {
        var well = mall.Payments.FailsUntilWell(order, "confirm-payment");
        await mall.Place(order);
        await mall.Workflow(
            order,
            workflow => workflow.Steps.LastOrDefault() is { Name: "confirm-payment", Attempts: > 10 } step && DateTime.UtcNow - step.StartedAt > 3 * ImpatientMall.StuckAfter,
            "the step fails for long");
        well();
        var ended = await mall.Ended(order);
        Assert.Equal("approved", ended.Outcome);
        Assert.Empty(ended.Runs[0].Restarts);
    }

    [Fact]
    public async Task A_service_that_never_ends_its_answer_is_a_fault_and_no_standstill()
    {
        for (var attempt = 0; attempt < 3; attempt++) mall.Depot.StallsInItsAnswer(order, "create-shopping-list");
        await mall.Place(order);
        var ended = await mall.Ended(order);
        Assert.Equal("approved", ended.Outcome);
        Assert.True(ended.Steps.Single(step => step.Name == "create-shopping-list").Attempts > 3);
        Assert.Empty(ended.Runs[0].Restarts);
    }

    [Fact]
    public async Task An_instance_that_an_operator_suspended_is_left_alone_until_it_is_resumed()
    {
        var (asked, letGo) = mall.Customers.Holds(order, "authorize-customer");
        var otherOrder = WorkflowMall.NewOrder();
        await mall.Place(order);
        await asked;
        mall.Traps.LostWakeUps = 1;
        letGo();
        await mall.Runtime.SuspendWorkflowAsync(order);
        await mall.Place(otherOrder); // As long asleep, and not suspended.
        await mall.Workflow(otherOrder, workflow => workflow.Runs[0].Restarts.Count > 0, "the other is restarted");
        var suspended = await mall.Workflow(order, _ => true, "it is there");
        Assert.Equal((0, OrderWorkflowStatus.Running), (suspended.Runs[0].Restarts.Count, suspended.Status));

        await mall.Runtime.ResumeWorkflowAsync(order);
        mall.Traps.LostWakeUps = 0;
        Assert.Equal("approved", (await mall.Ended(order)).Outcome);
        Assert.Equal("approved", (await mall.Ended(otherOrder)).Outcome);
    }

    /// <summary>What an activity does to the process document is bounded too: else it might work for longer than <c>Workflow:StuckAfter</c>.</summary>
    [Fact]
    public async Task A_write_to_the_process_document_that_takes_too_long_is_a_fault()
    {
        await mall.Place(order);
        await mall.Ended(order);
        var held = new TaskCompletionSource();
        var holds = mall.Services.GetRequiredService<Documents<OrderProcess>>().Change(order, Command.Internal("test", TestContext.Current.CancellationToken), async _ =>
        {
            await held.Task;
            return Decision.Nothing;
        });
        var writes = mall.Services.GetRequiredService<ProcessWrites>();
        Assert.Equal("The process document was not written within 00:00:03.", await writes.Write(order, order, process => process.GoOn(order)));
        held.SetResult();
        await holds;
        Assert.Null(await writes.Write(order, order, process => process.GoOn(order)));
    }

    /// <summary>A sweep that is late in its restart meets the instance that another one has started anew (docs/models/restart.py).</summary>
    [Fact]
    public async Task An_instance_that_was_restarted_and_is_then_terminated_is_restarted_once_more()
    {
        var (asked, letGo) = mall.Customers.Holds(order, "authorize-customer");
        mall.Traps.LostWakeUps = 1;
        await mall.Place(order);
        await mall.Workflow(order, workflow => workflow.Runs[0].Restarts.Count > 0, "it is restarted");
        mall.Traps.LostWakeUps = 0;
        await asked;
        var before = (await mall.Workflow(order, workflow => workflow.Status == OrderWorkflowStatus.Running, "it runs")).Runs[0].Restarts.Count;
        await mall.Runtime.TerminateWorkflowAsync(order);
        await mall.Runtime.PurgeInstanceAsync(order);
        letGo();
        var ended = await mall.Ended(order);
        Assert.Equal(("approved", "The runtime does not know the instance any more."), (ended.Outcome, ended.Runs[0].Restarts[before].Reason));
    }

    /// <summary>A mall whose sweep is impatient.</summary>
    public sealed class ImpatientMall : IAsyncLifetime
    {
        public static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(4);

        public WorkflowMall Mall { get; } = new()
        {
            More = new Dictionary<string, string?> { ["Calls:Timeout"] = "00:00:01", ["Workflow:StuckAfter"] = StuckAfter.ToString() },
        };

        public ValueTask InitializeAsync() => Mall.InitializeAsync();

        public ValueTask DisposeAsync() => Mall.DisposeAsync();
    }
}

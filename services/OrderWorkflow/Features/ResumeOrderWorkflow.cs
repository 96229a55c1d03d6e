using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
using MallBots.OrderWorkflow.Runs;
using MallBots.OrderWorkflow.Workflows;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.OrderWorkflow.Features;

/// <summary>An operator decides what becomes of a workflow that needs attention.</summary>
public static class ResumeOrderWorkflow
{
    const string GiveUp = "give-up";

    /// <summary>The decision.</summary>
    /// <param name="Decision">retry, or give-up for an undo.</param>
    /// <param name="Step">The step that was looked at.</param>
    /// <param name="Text">Why, up to 500 characters.</param>
    public sealed record Request([Words("retry", GiveUp)] string Decision, [Text(0, 100)] string Step, [Text(0, 500, Lines = true)] string Text);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/order-workflows/{orderId}/resume", Handle)
        .Summary("Retries what fails, or gives up an undo")
        .Describe("retry tries the step again at once, or starts an instance again that failed by a defect, was lost, or stood still after three restarts. give-up skips the one undo that fails and goes on with the others; what was given up stays listed with the operator's text.")
        .Example(new Request("retry", "confirm-payment", "The provider is back"))
        .Answers<OrderWorkflowResource>()
        .Refuses(ProcessRefusals.Unknown, ProcessRefusals.NotWaiting, ProcessRefusals.NothingToGiveUp);

    static async Task<IResult> Handle(string orderId, Request request, Documents<OrderProcess> processes, WorkflowRuns runs, Command command)
    {
        var giveUp = request.Decision == GiveUp;
        if ((await processes.Find(orderId, command.Aborted)).State is null) return Answers.Problem(ProcessRefusals.NotPlanned(orderId));
        var decided = await processes.Change(orderId, command, process => process.Resume(giveUp, request.Step, request.Text));
        if (!decided.IsRefused) await CarryOut(decided.Value, new OperatorDecision(giveUp, request.Text), runs, command.Aborted);
        return await Task.FromResult(decided).Ok();
    }

    /// <summary>The decision is saved; now who waits for it hears of it. What fails here is repeated by the caller or, for a run to start again, by the sweep.</summary>
    static async Task CarryOut(OrderProcess process, OperatorDecision decision, WorkflowRuns runs, CancellationToken cancel)
    {
        if (process.Runs.Find(run => run is { NeedsAttention: true, Status: RunStatus.Running }) is { } waiting) await runs.Decide(waiting, decision, cancel);
        if (process.Runs.Find(run => run.Status == RunStatus.Restarting) is { } again) await runs.CarryOutRestart(process.OrderId, again, cancel);
        if (process.Runs.Find(run => run.Status == RunStatus.Scheduling) is { } planned) await runs.Schedule(process.OrderId, planned, cancel);
    }
}

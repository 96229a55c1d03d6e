using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
using MallBots.OrderWorkflow.Runs;
using MallBots.OrderWorkflow.Workflows;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.OrderWorkflow.Features;

/// <summary>Shows the workflows of an order.</summary>
public static class GetOrderWorkflow
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/order-workflows/{orderId}", Handle)
        .Summary("Shows the workflows of an order: where they are, and what came of each step")
        .Answers<OrderWorkflowResource>()
        .Refuses(ProcessRefusals.Unknown);

    static async Task<IResult> Handle(string orderId, Documents<OrderProcess> processes, WorkflowRuns runs, CancellationToken cancel)
    {
        var found = await processes.Get(orderId, cancel);
        if (found.IsRefused) return Answers.Problem(ProcessRefusals.NotPlanned(orderId));
        var now = found.Value;
        foreach (var run in now.Runs.Where(run => run.Status is RunStatus.Running or RunStatus.Failed))
        {
            if (await runs.Look(run.InstanceId, cancel) is { Exists: true } state && state.ReadCustomStatusAs<Progress>() is { } progress)
                now = now.With(run.InstanceId, known => Overlay(known, progress));
        }

        return await Task.FromResult(found).Ok((_, _) => now.ToResource(), live: true);
    }

    /// <summary>Where a run is at present its custom status says; the document has it only in the end.</summary>
    static ProcessRun Overlay(ProcessRun run, Progress progress) => run with
    {
        Step = run.Step ?? progress.Step,
        Undoing = progress.Undoing,
        Reason = run.Reason ?? progress.Reason,
        Steps = [.. progress.Steps.Select(step => step.ToPublic())],
    };
}

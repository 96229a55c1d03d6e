using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>Rule 10: what an operator gave up is listed as given up, with the operator's words.</summary>
static class GivenUpIsListed
{
    const string GivenUp = "givenUp";

    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        foreach (var (orderId, run, step) in Steps(mall))
        {
            if (run.OperatorTexts.Count == 0)
                yield return Violation.Of(10, $"{step.Name} is given up, but no operator has said why", orderId);
        }
    }

    /// <summary>Every step that an operator gave up.</summary>
    public static IEnumerable<(string OrderId, OrderWorkflowRun Run, OrderWorkflowStep Step)> Steps(MallSnapshot mall) =>
        from workflow in mall.Workflows
        from run in workflow.Runs
        from step in run.Steps
        where step.Outcome == GivenUp
        select (workflow.OrderId, run, step);
}

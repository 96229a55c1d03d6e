using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MallBots.OrderWorkflow.Runs;

/// <summary>Without a runtime, or without a worker that is connected to it, orders wait and none is refused: degraded. An instance is asked for that never was.</summary>
sealed class WorkflowRuntimeCheck(WorkflowRuns runs) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await runs.Look("readyz", cancellationToken);
        return HealthCheckResult.Healthy();
    }
}

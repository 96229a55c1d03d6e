using MallBots.ServiceKit.State;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MallBots.Search.Database;

/// <summary>Search without its database is not ready: the state store behind the sidecar has none of what it answers.</summary>
sealed class SearchDatabaseCheck(SearchDatabase database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await database.Read(async connection =>
            {
                await using var command = connection.Command("SELECT generation FROM search_state");
                return await command.ExecuteScalarAsync(cancellationToken);
            }, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (UnavailableException away)
        {
            return new(context.Registration.FailureStatus, away.InnerException is { } why ? $"{away.Message} ({why.Message})" : away.Message);
        }
    }
}

using Dapr.Client;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace MallBots.ServiceKit.Hosting;

/// <summary>
/// <c>/healthz</c>: alive, asks nobody. <c>/readyz</c>: ASP.NET's health checks, one for each concern (specification 2); what is degraded is still 200.
/// </summary>
static class Readiness
{
    public static void Add(IServiceCollection services, bool keepsState)
    {
        Add<BackgroundWorkCheck>(services, "background work", HealthStatus.Unhealthy);
        if (keepsState)
        {
            Add<StateStoreCheck>(services, "state store", HealthStatus.Unhealthy);
            Add<BacklogCheck>(services, "backlog", HealthStatus.Degraded);
            Add<DeadLettersCheck>(services, "dead letters", HealthStatus.Degraded);
        }
        else
        {
            Add<SidecarCheck>(services, "sidecar", HealthStatus.Unhealthy);
        }
    }

    /// <summary>Adds a check that is given up after <see cref="BoundedCheck.Longest"/>.</summary>
    /// <param name="services">The service container.</param>
    /// <param name="name">What is checked, as a reason names it.</param>
    /// <param name="failing">What the service is while the check fails, or does not end in time.</param>
    public static void Add<TCheck>(IServiceCollection services, string name, HealthStatus failing) where TCheck : class, IHealthCheck =>
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            name, provider => new BoundedCheck(ActivatorUtilities.GetServiceOrCreateInstance<TCheck>(provider)), failing, tags: null));

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/healthz", () => Results.Ok(new { status = "alive" })).ExcludeFromDescription();
        endpoints.MapHealthChecks("/readyz", new HealthCheckOptions { ResponseWriter = Write })
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
    }

    static Task Write(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status switch
            {
                HealthStatus.Healthy => "ready",
                HealthStatus.Degraded => "degraded",
                _ => "unavailable",
            },
            reasons = report.Entries.Values.Where(entry => entry.Status != HealthStatus.Healthy).OrderBy(entry => entry.Status).Select(entry => entry.Description),
        },
        KitJson.Options,
        context.RequestAborted);
}

/// <summary>A check that ends in time, also when what it asks never answers: whoever asks for the readiness waits for the slowest check.</summary>
sealed class BoundedCheck(IHealthCheck check) : IHealthCheck
{
    /// <summary>How long a check may take.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        try
        {
            // On a thread of its own: SQLite blocks the one that asks it.
            return await Task.Run(() => check.CheckHealthAsync(context, limit.Token), limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(context.Registration.FailureStatus, $"The {context.Registration.Name} did not answer within {Longest.TotalSeconds} s.");
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return new(context.Registration.FailureStatus, fault is UnavailableException ? fault.Message : $"The check of the {context.Registration.Name} failed: {fault.Message}");
        }
    }
}

/// <summary>A key is read: the sidecar's own health says nothing about the store (fact S11).</summary>
sealed class StateStoreCheck(IStateStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.Get("readyz", cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (UnavailableException)
        {
            return new(context.Registration.FailureStatus, "The state store behind the sidecar does not answer.");
        }
    }
}

/// <summary>For a service without a state store: its sidecar is all that it needs.</summary>
sealed class SidecarCheck(DaprClient dapr) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        // Fact R3: not the sidecar's whole health, which waits for this app itself.
        await dapr.CheckOutboundHealthAsync(cancellationToken) ? HealthCheckResult.Healthy() : new(context.Registration.FailureStatus, "The sidecar does not answer.");
}

/// <summary>What is saved and not published or carried out yet.</summary>
sealed class BacklogCheck(Sweep sweep) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        sweep.Backlog is > 0 and var backlog
            ? new HealthCheckResult(context.Registration.FailureStatus, $"{backlog} changes are not published or carried out yet.")
            : HealthCheckResult.Healthy());
}

/// <summary>Dead letters wait for an operator.</summary>
sealed class DeadLettersCheck(DeadLetters letters) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await letters.Count(cancellationToken) is > 0 and var dead
                ? new(context.Registration.FailureStatus, $"{dead} dead letters.")
                : HealthCheckResult.Healthy();
        }
        catch (UnavailableException)
        {
            return new(context.Registration.FailureStatus, "Whether there are dead letters is not known.");
        }
    }
}

/// <summary>Whatever runs in the background of this process, of the kit, of the service or of a package, is to run until the process stops.</summary>
sealed class BackgroundWorkCheck(IEnumerable<IHostedService> hosted) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var ended = hosted.OfType<BackgroundService>().Where(service => service.ExecuteTask is { IsCompleted: true }).Select(Describe).ToList();
        return Task.FromResult(ended.Count == 0 ? HealthCheckResult.Healthy() : new HealthCheckResult(context.Registration.FailureStatus, string.Join(' ', ended)));
    }

    static string Describe(BackgroundService service) => service.ExecuteTask?.Exception?.GetBaseException() is { } fault
        ? $"{service.GetType().Name} has failed: {fault.GetType().Name}: {fault.Message}"
        : $"{service.GetType().Name} has ended.";
}

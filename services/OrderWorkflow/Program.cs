using Dapr.Common.Serialization;
using Dapr.Workflow;
using MallBots.Contracts;
using MallBots.OrderWorkflow.Domain;
using MallBots.OrderWorkflow.Features;
using MallBots.OrderWorkflow.Runs;
using MallBots.OrderWorkflow.Subscriptions;
using MallBots.OrderWorkflow.Workflows;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace MallBots.OrderWorkflow;

/// <summary>The workflows that create and cancel orders.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.OrderWorkflow, service =>
    {
        service.Services.AddSingleton<IDaprSerializer>(new JsonDaprSerializer(KitJson.Options));
        service.Services.AddDaprWorkflow(); // The package's source generator registers the workflows and activities of this assembly.
        service.Services.AddLogging(logging => logging
            .AddFilter("Dapr.Workflow", LogLevel.Warning) // Else some lines for every turn of every instance,
            .AddFilter("System.Net.Http.HttpClient", LogLevel.Warning)); // and for every call of its client.
        service.Services.AddSingleton(Patience.From(service.Configuration));
        service.Services.AddSingleton(provider =>
            RunOptions.From(service.Configuration, provider.GetRequiredService<Patience>(), provider.GetRequiredService<KitOptions>()));
        service.Services.AddSingleton<WorkflowRuns>().AddSingleton<ProcessWrites>().AddSingleton<OperatorsWanted>().AddSingleton<RestartCounter>();
        service.Services.AddHostedService<RunSweep>();
        service
            .Needs<WorkflowRuntimeCheck>("workflow runtime", HealthStatus.Degraded)
            .Aggregate<OrderProcess>()
            .Subscribe(Orders.Map)
            .Api(GetOrderWorkflow.Map, ListOrderWorkflows.Map, ResumeOrderWorkflow.Map);
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Gateway;

/// <summary>One door to all APIs.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Gateway, service =>
    {
        TrustedProxies.Use(service);
        service.Services.AddHttpForwarder();
        service.Services.AddSingleton<Sidecar>();
        service.Routes(ForwardCalls.Map, JointSwagger.Map, SystemHealth.Map);
        service.Api(DeadLetterAdministration.Map);
        foreach (var app in Destinations.Apps) service.SwaggerDocuments.Add(($"/openapi/{app}.json", app));
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

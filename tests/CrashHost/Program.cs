using System.Text.Json;
using MallBots.Local;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Messaging;
using MallBots.ServiceKit.State;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MallBots.CrashHost;

/// <summary>
/// The whole mall on a data folder, as <c>dotnet run --project local</c> runs it, with something between each service and its sidecar that ends the
/// process at the points of a <see cref="CrashOrder"/>. It runs until its input ends, so that it does not outlive its parent.
/// </summary>
static class Program
{
    static async Task Main(string[] args)
    {
        var order = CrashOrder.Of(args[0]);
        Directory.CreateDirectory(order.Folder);
        using var plan = new CrashPlan(order);
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions
        {
            DataFolder = order.Folder,
            Ports = Ports.Fixed(order.PortOffset),
            Settings = order.Settings,
            LogLevel = LogLevel.Error,
            Configure = (app, services) => StandBetween(app, services, plan),
        });
        var operations = mall.AppIds.SelectMany(app => Operations.Of(app, mall.ServicesOf(app)).All);
        await File.WriteAllTextAsync(order.OperationsFile, JsonSerializer.Serialize(operations));
        while (await Console.In.ReadLineAsync() is not null) { }
    }

    static void StandBetween(string app, IServiceCollection services, CrashPlan plan)
    {
        services.AddSingleton<IStartupFilter>(new Arrivals(app, plan));
        services.AddSingleton(provider => new Lazy<Operations>(() => Operations.Of(app, provider)));
        Decorate(services, typeof(IStateStore), (inner, provider) => new CrashingStore(app, (IStateStore)inner, provider.GetRequiredService<Lazy<Operations>>(), plan));
        Decorate(services, typeof(IBroker), (inner, _) => new CrashingBroker(app, (IBroker)inner, plan));
        foreach (var carrier in services.Select(registered => registered.ServiceType).Where(type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ICarrier<>)).ToList())
            Decorate(services, carrier, (inner, _) => Activator.CreateInstance(typeof(Carrying.Carrier<>).MakeGenericType(carrier.GenericTypeArguments), inner)!);
    }

    static void Decorate(IServiceCollection services, Type type, Func<object, IServiceProvider, object> decorate)
    {
        var registered = services.Last(service => service.ServiceType == type);
        services.AddSingleton(type, provider => decorate(ActivatorUtilities.CreateInstance(provider, registered.ImplementationType!), provider));
    }
}

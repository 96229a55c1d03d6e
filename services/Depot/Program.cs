using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Features;
using MallBots.Depot.Internal;
using MallBots.Depot.Simulation;
using MallBots.Depot.Subscriptions;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Depot;

/// <summary>Shopping lists, and the bots that work on them.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Depot, service =>
    {
        service
            .Aggregate<ShoppingList>()
            .Aggregate<Bot>()
            .Subscribe(Catalogue.Map)
            .Internal(CreateShoppingListCommand.Map, InitiateShoppingCommand.Map, CancelShoppingListCommand.Map)
            .Api(ListShoppingLists.Map, GetShoppingList.Map, AssignShoppingList.Map, PickItem.Map, CompleteShoppingList.Map)
            .Api(RegisterBot.Map, ListBots.Map, GetBot.Map, BringBotOnline.Map);

        var options = DepotOptions.From(service.Configuration);
        service.Services.AddSingleton(options).AddSingleton<WaitingLists>().AddSingleton<Rounds>().AddHostedService<BotLeases>();
        if (options.SimulateBots) service.Services.AddHostedService<SimulatedBots>();
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

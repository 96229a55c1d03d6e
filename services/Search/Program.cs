using MallBots.Contracts;
using MallBots.Search.Database;
using MallBots.Search.Features;
using MallBots.Search.Rebuilding;
using MallBots.Search.Subscriptions;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Search;

/// <summary>The read models of orders and of the mall's catalogue, in SQL.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Search, service =>
    {
        service.Services
            .AddSingleton(SearchOptions.From(service.Configuration))
            .AddSingleton<SearchDatabase>()
            .AddSingleton<RowWriter>()
            .AddSingleton<IFeedCursors, FeedCursors>()
            .AddSingleton<Rebuild>()
            .AddHostedService(provider => provider.GetRequiredService<Rebuild>());
        service
            .Needs<SearchDatabaseCheck>("search database")
            .Subscribe(ReadModels.Map)
            .Api(SearchOrders.Map, GetOrder.Map, SearchProducts.Map, RebuildReadModels.Map);
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

using MallBots.Baskets.Domain;
using MallBots.Baskets.Features;
using MallBots.Baskets.Subscriptions;
using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Baskets;

/// <summary>What customers put together, until it becomes an order.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Baskets, service =>
    {
        service.Services.AddSingleton<Offers>();
        service
            .Aggregate<Basket>()
            .Subscribe(Offers.Map, Shoppers.Map)
            .Api(StartBasket.Map, GetBasket.Map, ListBaskets.Map, AddItem.Map, RemoveItem.Map, CancelBasket.Map, Checkout.Map);
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

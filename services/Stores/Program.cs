using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;
using MallBots.Stores.Domain;
using MallBots.Stores.Features;
using MallBots.Stores.Reservations;

namespace MallBots.Stores;

/// <summary>The stores of the mall and what they sell.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Stores, service =>
    {
        service.Services.AddSingleton<SkuReservations>();
        service
            .Aggregate<Store>()
            .Aggregate<Product>()
            .Api(CreateStore.Map, GetStore.Map, ListStores.Map, RebrandStore.Map, SetParticipation.Map)
            .Api(AddProduct.Map, GetProduct.Map, ListProducts.Map, RebrandProduct.Map, ChangePrice.Map, RemoveProduct.Map);
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

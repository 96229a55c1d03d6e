using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.Ordering.Features;
using MallBots.Ordering.Internal;
using MallBots.Ordering.Subscriptions;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Ordering;

/// <summary>Orders, from the checkout until they are handed over.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Ordering, service =>
    {
        service.Services.AddSingleton<Misfits>();
        service
            .Aggregate<Order>()
            .Subscribe(CheckedOutBaskets.Map, ShoppingLists.Map, Invoices.Map)
            .Api(GetOrder.Map, ListOrders.Map, AskToCancel.Map)
            .Internal(OrderBeginning.Map, OrderApproval.Map, OrderRejection.Map)
            .Internal(CancellationBeginning.Map, OrderCancellation.Map, CancellationRefusal.Map);
    });

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

using MallBots.Contracts;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Local;

/// <summary>The ten services, by app-id.</summary>
static class MallServices
{
    public static readonly IReadOnlyDictionary<string, ServiceDefinition> All = new Dictionary<string, ServiceDefinition>
    {
        [Apps.Gateway] = Gateway.Program.Service,
        [Apps.Stores] = Stores.Program.Service,
        [Apps.Customers] = Customers.Program.Service,
        [Apps.Baskets] = Baskets.Program.Service,
        [Apps.Payments] = Payments.Program.Service,
        [Apps.Ordering] = Ordering.Program.Service,
        [Apps.OrderWorkflow] = OrderWorkflow.Program.Service,
        [Apps.Depot] = Depot.Program.Service,
        [Apps.Notifications] = Notifications.Program.Service,
        [Apps.Search] = Search.Program.Service,
    };
}

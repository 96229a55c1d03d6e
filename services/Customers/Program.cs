using MallBots.Contracts;
using MallBots.Customers.Domain;
using MallBots.Customers.Features;
using MallBots.Customers.Internal;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Customers;

/// <summary>Who may order in the mall.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Customers, service => service
        .Aggregate<Customer>()
        .Api(RegisterCustomer.Map, GetCustomer.Map, ListCustomers.Map, ChangeSmsNumber.Map, EnableCustomer.Map)
        .Internal(CustomerAuthorization.Map));

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

using MallBots.Contracts;
using MallBots.Customers.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Customers.Features;

/// <summary>Shows a customer.</summary>
public static class GetCustomer
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/customers/{customerId}", (string customerId, Documents<Customer> customers, CancellationToken cancel) => customers.Get(customerId, cancel).Ok())
        .Summary("Shows a customer")
        .Answers<CustomerResource>()
        .Versioned()
        .Refuses(CustomerRefusals.Unknown);
}

using MallBots.Contracts;
using MallBots.Customers.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Customers.Internal;

/// <summary>authorize-customer: may this customer order? Asked by the create-order workflow.</summary>
public static class CustomerAuthorization
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<AuthorizeCustomer>(async (ask, command, services) =>
        InternalApi.Answer(await services.GetRequiredService<Documents<Customer>>().Change(ask.CustomerId, command, customer => customer.Authorize())));
}

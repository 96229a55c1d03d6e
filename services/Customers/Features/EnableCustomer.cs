using MallBots.Contracts;
using MallBots.Customers.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Customers.Features;

/// <summary>Lets a customer order, or not.</summary>
public static class EnableCustomer
{
    /// <summary>Which of the two.</summary>
    /// <param name="Enabled">True when the customer may order.</param>
    public sealed record Request(bool Enabled);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Put("/customers/{customerId}/enabled", Handle)
        .Summary("Lets a customer order, or not")
        .Example(new Request(false))
        .Answers<CustomerResource>()
        .Refuses(CustomerRefusals.Unknown);

    static Task<IResult> Handle(string customerId, Request request, Documents<Customer> customers, Command command) =>
        customers.Change(customerId, command, customer => customer.SetEnabled(request.Enabled)).Ok();
}

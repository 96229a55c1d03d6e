using MallBots.Contracts;
using MallBots.Customers.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Customers.Features;

/// <summary>Registers a customer.</summary>
public static class RegisterCustomer
{
    /// <summary>Whom to register.</summary>
    /// <param name="Name">1 to 200 characters.</param>
    /// <param name="SmsNumber">Where text messages go, in E.164 form.</param>
    public sealed record Request([Text(1, 200)] string Name, [SmsNumber] string SmsNumber);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/customers", Handle)
        .Summary("Registers a customer")
        .Example(new Request("Ann Arbor", "+491701234567"))
        .Answers<CustomerResource>(201);

    static Task<IResult> Handle(Request request, Documents<Customer> customers, Command command)
    {
        var id = command.NewId();
        return customers.Put(id, command, _ => Customer.Register(id, request.Name, request.SmsNumber)).Created(customer => $"/api/customers/{customer.CustomerId}");
    }
}

using MallBots.Contracts;
using MallBots.Customers.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Customers.Features;

/// <summary>Sends a customer's text messages to another number.</summary>
public static class ChangeSmsNumber
{
    /// <summary>Where to.</summary>
    /// <param name="SmsNumber">In E.164 form.</param>
    public sealed record Request([SmsNumber] string SmsNumber);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Put("/customers/{customerId}/sms-number", Handle)
        .Summary("Sends a customer's text messages to another number")
        .Example(new Request("+491707654321"))
        .Answers<CustomerResource>()
        .Refuses(CustomerRefusals.Unknown);

    static Task<IResult> Handle(string customerId, Request request, Documents<Customer> customers, Command command) =>
        customers.Change(customerId, command, customer => customer.ChangeSmsNumber(request.SmsNumber)).Ok();
}

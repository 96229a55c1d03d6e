using MallBots.Contracts;

namespace MallBots.Notifications.Subscriptions;

/// <summary>What is kept of a customer: how to write to them.</summary>
public sealed record Contact(string Name, string SmsNumber);

/// <summary>Copies of what customers owns.</summary>
static class Customers
{
    public static void Map(ServiceKit.Messaging.Subscriptions on) =>
        on.Replicate<CustomerResource, Contact>(Topics.Customer, customer => new(customer.Name, customer.SmsNumber));
}

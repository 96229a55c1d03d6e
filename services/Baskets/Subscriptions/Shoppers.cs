using MallBots.Baskets.Domain;
using MallBots.Contracts;

namespace MallBots.Baskets.Subscriptions;

/// <summary>Who may shop: copies of customers.</summary>
public static class Shoppers
{
    /// <summary>Keeps the copies.</summary>
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on.Replicate(Topics.Customer, customer => new Shopper(customer.Enabled));
}

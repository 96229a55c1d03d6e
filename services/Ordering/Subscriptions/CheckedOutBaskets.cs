using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Ordering.Subscriptions;

/// <summary>A checked-out basket has its order.</summary>
public sealed class CheckedOutBaskets(Documents<Order> orders) : IReaction<BasketResource>
{
    /// <summary>Subscribes to baskets.</summary>
    public static void Map(ServiceKit.Messaging.Subscriptions on) => on.React<BasketResource, CheckedOutBaskets>(Topics.Basket);

    /// <inheritdoc/>
    public Task See(Seen<BasketResource> seen, CancellationToken cancel)
    {
        if (seen.Value.Status != BasketStatus.CheckedOut) return Task.CompletedTask;
        var checkout = Checkout(seen.Value);
        return orders.Put(checkout.OrderId, seen.Command("place-order", cancel), order => Order.Place(order, checkout));
    }

    static OrderCreated Checkout(BasketResource basket) => basket is { PaymentId: { } paymentId, CheckedOutAt: { } at }
        ? new OrderCreated(
            basket.OrderId ?? basket.BasketId, basket.CustomerId, paymentId, at,
            [
                .. from line in basket.Items
                   where !line.Unavailable // The checkout left it out (specification 3, baskets).
                   select new OrderLine(line.ProductId, line.StoreId, line.StoreName, line.ProductName, line.Price, line.Quantity)
            ])
        : throw new PoisonException($"Basket {basket.BasketId} is checked out without a payment or a time.");
}

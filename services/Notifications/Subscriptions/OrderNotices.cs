using System.Collections.Concurrent;
using MallBots.Contracts;
using MallBots.Notifications.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.Messaging;

namespace MallBots.Notifications.Subscriptions;

/// <summary>Tells customers how their orders go: sees to it that each entry of the order's history that has a kind has its notification.</summary>
sealed partial class OrderNotices(Documents<Notification> notifications, Replicas<Contact> contacts, ILogger<OrderNotices> log) : IReaction<OrderResource>
{
    const int MostKnown = 50_000;

    // Every event of an order shows its whole history: what this process has seen to already needs no look into the store.
    readonly ConcurrentDictionary<string, bool> written = new();

    public static void Map(ServiceKit.Messaging.Subscriptions on) => on.React<OrderResource, OrderNotices>(Topics.Order);

    public async Task See(Seen<OrderResource> seen, CancellationToken cancel)
    {
        var order = seen.Value;
        Replica<Contact>? customer = null;
        foreach (var entry in order.History.OrderBy(entry => entry.Version))
        {
            if (OrderNotice.KindOf(entry.Event) is not { } kind) continue;
            var id = OrderNotice.IdOf(order.OrderId, entry.Version);
            if (written.ContainsKey(id) || (await notifications.Find(id, cancel)).State is not null) continue;

            customer ??= await contacts.Find(order.CustomerId, Freshness.Copy, cancel);
            if (customer is not { Removed: false, Value: { } contact })
            {
                LogNobody(log, order.OrderId, order.CustomerId);
                return;
            }

            var text = OrderNotice.TextOf(kind, contact.Name, order, entry);
            await notifications.Put(id, seen.Command($"notify-{entry.Version}", cancel), known =>
                known is null ? Notification.Write(id, order.CustomerId, order.OrderId, kind, text, contact.SmsNumber) : Decision.Nothing);
            if (written.Count > MostKnown) written.Clear();
            written[id] = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody is told about the order {OrderId}: there is no customer {CustomerId}")]
    static partial void LogNobody(ILogger log, string orderId, string customerId);
}

using System.Text.Json;
using Dapr.Client;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.ServiceKit;
using Microsoft.Extensions.DependencyInjection;

namespace MallBots.Mall.Tests.Payments;

/// <summary>Publishes what ordering would publish, for tests that run without it.</summary>
static class OrderEvents
{
    public static OrderResource Order(
        string orderId, string customerId, string paymentId, OrderStatus status, decimal total, params IReadOnlyList<OrderHistoryEntry> history) => new(
        orderId, customerId, paymentId, DateTimeOffset.UnixEpoch, [new OrderLine("p-1", "s-1", "Leaf", "Tea", total, 1)], total, "USD", status,
        orderId, null, null, null, history);

    public static Task Publish(this LocalMall mall, string throughSidecarOf, OrderResource order, long version)
    {
        var cloudEvent = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                specversion = "1.0",
                id = $"order.{order.OrderId}.{version}",
                source = Apps.Ordering,
                type = "mallbots.ordering.order-changed.v1",
                subject = order.OrderId,
                aggregateversion = $"{version}",
                datacontenttype = "application/json",
                data = new { removed = false, value = order },
            },
            KitJson.Options);
        return mall.ServicesOf(throughSidecarOf).GetRequiredService<DaprClient>()
            .PublishByteEventAsync("pubsub", Topics.Order.Name, cloudEvent, "application/cloudevents+json");
    }
}

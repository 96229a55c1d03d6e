using MallBots.Contracts;
using MallBots.Notifications.Domain;
using MallBots.Notifications.Features;
using MallBots.Notifications.Sending;
using MallBots.Notifications.Subscriptions;
using MallBots.ServiceKit.Hosting;

namespace MallBots.Notifications;

/// <summary>Tells customers by text message how their orders go.</summary>
public static class Program
{
    /// <summary>What the service is made of.</summary>
    public static readonly ServiceDefinition Service = new(Apps.Notifications, service => service
        .Aggregate<Notification, TextMessages>()
        .Subscribe(Subscriptions.Customers.Map, OrderNotices.Map)
        .Api(ListNotifications.Map));

    /// <summary>Runs the service.</summary>
    public static Task<int> Main(string[] args) => MallService.Run(Service, args);
}

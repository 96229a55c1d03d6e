using System.Reflection;
using MallBots.Notifications.Domain;
using MallBots.Payments.Domain;
using MallBots.ServiceKit.Domain;
using Xunit;

namespace MallBots.Domain.Tests.Payments;

/// <summary>What others can hear of (specification 5); announcements of calls are nobody's business.</summary>
public sealed class PublishedEventsTests
{
    [Fact]
    public void Payments_publishes_what_the_specification_names() => Assert.Equal(
        [
            "invoice-adjusted", "invoice-canceled", "invoice-created", "invoice-paid",
            "payment-authorized", "payment-captured", "payment-confirmed", "payment-declined", "payment-released",
        ],
        Published(typeof(Payment).Assembly));

    [Fact]
    public void Notifications_publishes_what_the_specification_names() =>
        Assert.Equal(["notification-failed", "notification-sent"], Published(typeof(Notification).Assembly));

    static IEnumerable<string> Published(Assembly service) =>
        service.GetTypes().Select(type => type.GetCustomAttribute<PublishedAttribute>()?.Name).OfType<string>().Order(StringComparer.Ordinal);
}

using MallBots.Contracts;
using MallBots.Notifications.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Notifications;

/// <summary>The life of a notification (specification 3, notifications).</summary>
public sealed class NotificationTests
{
    static readonly NotificationWritten Written = new("order-1-2", "ann", "order-1", NotificationKind.OrderApproved, "Hello Ann", "+491701234567");

    [Fact]
    public void A_notification_waits_to_be_sent_and_stands_in_the_lists_of_customer_and_order() =>
        Spec.Given<Notification>().WhenNew(_ => Notification.Write("order-1-2", "ann", "order-1", NotificationKind.OrderApproved, "Hello Ann", "+491701234567"))
            .Then(Written)
            .ThenState(notification =>
            {
                Assert.Equal(["customer-ann", "order-order-1"], notification.Lists);
                Assert.Equal((NotificationStatus.Pending, 0), (notification.Status, notification.Attempts));
            });

    [Theory]
    [InlineData("+491701234567", "+49********67")]
    [InlineData("+12345678", "+12****78")]
    public void The_number_is_masked_in_answers(string number, string shown) =>
        Assert.Equal(shown, ((NotificationResource)Spec.Fold<Notification>(Written with { SmsNumber = number })!.ToPublic("USD")).SmsNumber);

    [Theory]
    [InlineData("+491701234567", "+491701234567-order-1-2.txt")]
    [InlineData("+49 170/../12:34|567", "+491701234567-order-1-2.txt")]
    public void Its_file_says_to_whom_it_goes_in_a_name_that_every_system_takes(string number, string file) =>
        Assert.Equal(file, Spec.Fold<Notification>(Written with { SmsNumber = number })!.FileName());

    [Theory]
    [InlineData("no such folder", "no such folder")]
    [InlineData("error creating file /mall/sms/+491701234567-order-1-2.txt: disk full", "error creating file /mall/sms/+49********67-order-1-2.txt: disk full")]
    [InlineData("491701234567 is no number of ours", "491*******67 is no number of ours")]
    public void A_fault_of_the_binding_shows_the_number_masked(string fault, string shown) => Assert.Equal(shown, Spec.Fold<Notification>(Written)!.Masked(fault));

    [Fact]
    public void What_the_binding_has_taken_is_sent_once()
    {
        Spec.Given<Notification>(Written).When(notification => notification.Sent()).Then(new NotificationSent())
            .ThenState(notification => Assert.Equal((NotificationStatus.Sent, 1), (notification.Status, notification.Attempts)));
        Spec.Given<Notification>(Written, new NotificationSent()).When(notification => notification.Sent()).ThenNothing();
        Spec.Given<Notification>(Written, new NotificationSent()).When(notification => notification.NotSent("late")).ThenNothing();
    }

    [Fact]
    public void An_attempt_that_failed_is_repeated_after_a_pause_that_doubles()
    {
        Spec.Given<Notification>(Written).When(notification => notification.NotSent("away")).Then(new SendingFailed("away"))
            .ThenState(notification => Assert.Equal(Spec.Start.AddMinutes(1).AddSeconds(1), notification.NotBefore));
        Spec.Given<Notification>(Written, new SendingFailed("away")).When(notification => notification.NotSent("away")).Then(new SendingFailed("away"))
            .ThenState(notification => Assert.Equal(Spec.Start.AddMinutes(2).AddSeconds(2), notification.NotBefore));
    }

    [Fact]
    public void The_tenth_attempt_that_fails_is_the_last()
    {
        var nine = Enumerable.Range(0, 9).Select(_ => new SendingFailed("away"));
        Spec.Given<Notification>([Written, .. nine]).When(notification => notification.NotSent("gone")).Then(new NotificationFailed("gone"))
            .ThenState(notification => Assert.Equal((NotificationStatus.Failed, 10), (notification.Status, notification.Attempts)));
        Spec.Given<Notification>([Written, .. nine, new NotificationFailed("gone")]).When(notification => notification.Sent()).ThenNothing();
    }
}

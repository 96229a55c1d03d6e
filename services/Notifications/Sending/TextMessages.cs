using System.Text;
using MallBots.Contracts;
using MallBots.Notifications.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Journal;
using MallBots.ServiceKit.Outside;
using MallBots.ServiceKit.State;

namespace MallBots.Notifications.Sending;

/// <summary>
/// Sends pending notifications through the output binding <c>sms</c>. A crash between sending and saving sends again: the notification's id in the
/// metadata tells the two for one, and a binding that writes files writes the same file again. The file's name says to whom it goes, and a fault of the
/// binding may name the file: no reason that is kept or logged has the number.
/// </summary>
sealed class TextMessages(Documents<Notification> notifications, IBindings bindings, TimeProvider clock) : ICarrier<Notification>
{
    const string Binding = "sms";

    public bool HasWork(Notification notification) => notification.Status == NotificationStatus.Pending;

    public async Task CarryOut(string id, Notification notification, CancellationToken cancel)
    {
        if (clock.GetUtcNow() < notification.NotBefore) throw new UnavailableException($"The notification {id} waits for its next attempt.");
        var metadata = new Dictionary<string, string>
        {
            ["notificationId"] = id,
            ["toNumber"] = notification.SmsNumber,
            ["fileName"] = notification.FileName(),
        };
        try
        {
            await bindings.Send(Binding, "create", Encoding.UTF8.GetBytes(notification.Text), metadata, cancel);
        }
        catch (UnavailableException fault)
        {
            await notifications.Change(id, Command.Internal(id, cancel), now => now.NotSent(notification.Masked(fault.Message)));
            return; // Still pending: it is called again, and waits. The last attempt: failed, nothing is left to do.
        }

        await notifications.Change(id, Command.Internal(id, cancel), now => now.Sent());
    }
}

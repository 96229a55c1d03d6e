using MallBots.Contracts;
using MallBots.Notifications.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Notifications.Features;

/// <summary>Lists notifications, newest first.</summary>
public static class ListNotifications
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/notifications", Handle)
        .Summary("Lists notifications, newest first")
        .Describe("Telephone numbers are masked.")
        .Query(Filter.Id("customerId"), Filter.Id("orderId"), Filter.Word<NotificationKind>("kind"))
        .Query("limit", "cursor")
        .Answers<Page<NotificationResource>>();

    static Task<IResult> Handle(ListQuery query, Documents<Notification> notifications, CancellationToken cancel)
    {
        var (customerId, orderId, kind) = (query.Id("customerId"), query.Id("orderId"), query.Value<NotificationKind>("kind"));
        var list = orderId is not null ? Notification.OfOrder(orderId) : customerId is not null ? Notification.OfCustomer(customerId) : null;
        return notifications.List(
            list, notification => (customerId is null || notification.CustomerId == customerId) && (kind is null || notification.Kind == kind), query.Paging, cancel).Ok();
    }
}

using System.Net.Http.Json;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local;
using MallBots.Mall.Tests.Payments;
using MallBots.ServiceKit;
using MallBots.ServiceKit.State;
using MallBots.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Mall.Tests.Notifications;

/// <summary>The notifications service with the real customers service; what ordering would say is published by the tests.</summary>
public sealed class NotificationsTests : IAsyncLifetime
{
    readonly string folder = Directory.CreateTempSubdirectory("mall-notifications-").FullName;
    LocalMall mall = null!;
    HttpClient customers = null!, notifications = null!;

    string Messages => Path.Combine(folder, "sms");

    public async ValueTask InitializeAsync()
    {
        using var ordering = new StandIn(Apps.Notifications, Topics.Order);
        mall = await LocalMall.StartAsync(new LocalMallOptions { Apps = [Apps.Customers, Apps.Notifications], DataFolder = folder, ComponentsFolder = ordering.Components });
        customers = WatchedHttp.Client(mall[Apps.Customers]);
        notifications = WatchedHttp.Client(mall[Apps.Notifications]);
    }

    public async ValueTask DisposeAsync()
    {
        customers.Dispose();
        notifications.Dispose();
        await mall.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task There_is_one_notification_for_each_entry_that_has_a_kind_however_often_and_in_which_order_events_come()
    {
        var ann = await Register("Ann", "+491701234567");
        await customers.PutAsJsonAsync($"/api/customers/{ann}/enabled", new { enabled = false });
        OrderHistoryEntry[] history =
        [
            new(1, "order-created", OrderStatus.Pending, DateTimeOffset.UnixEpoch),
            new(2, "order-approved", OrderStatus.Approved, DateTimeOffset.UnixEpoch),
            new(3, "order-shopping-started", OrderStatus.InProgress, DateTimeOffset.UnixEpoch),
            new(4, "order-readied", OrderStatus.Ready, DateTimeOffset.UnixEpoch),
        ];
        // The third overtakes the others, the second comes twice, the first never.
        foreach (var version in new[] { 4, 2, 2, 3 })
            await mall.Publish(Apps.Notifications, OrderEvents.Order("order-1", ann, "p-1", history[version - 1].Status, 40m, history[..version]), version);

        await Eventually.True(async () => (await List("?orderId=order-1")).Count(found => found.Status == NotificationStatus.Sent) == 3);
        var sent = await List("?orderId=order-1");
        Assert.Equal(["order-1-4", "order-1-2", "order-1-1"], sent.Select(found => found.NotificationId).OrderByDescending(id => id));
        Assert.All(sent, found => Assert.Equal(("+49********67", 1), (found.SmsNumber, found.Attempts)));
        Assert.Equal(
            ["+491701234567-order-1-1.txt", "+491701234567-order-1-2.txt", "+491701234567-order-1-4.txt"],
            Directory.GetFiles(Messages).Select(Path.GetFileName).Order());
        var text = await File.ReadAllTextAsync(Path.Combine(Messages, "+491701234567-order-1-4.txt"));
        Assert.Contains("Ann", text);
        Assert.DoesNotContain("1701234567", text);

        Assert.Single(await List($"?customerId={ann}&kind=orderReady"));
        Assert.Single(await List($"?orderId=order-1&kind=orderApproved&customerId={ann}"));
        Assert.Empty(await List($"?orderId=order-1&customerId=somebody"));
        Assert.Equal(3, (await List("")).Count);
    }

    [Fact]
    public async Task A_message_goes_out_once_the_binding_works_again()
    {
        var ann = await Register("Ann", "+491701234567");
        var inTheWay = Directory.CreateDirectory(Path.Combine(Messages, "+491701234567-order-2-1.txt")); // The fault names it, and with it the number.
        await mall.Publish(
            Apps.Notifications, OrderEvents.Order("order-2", ann, "p-1", OrderStatus.Pending, 40m, new OrderHistoryEntry(1, "order-created", OrderStatus.Pending, DateTimeOffset.UnixEpoch)), 1);
        await Eventually.True(async () => await List("?orderId=order-2") is [{ Status: NotificationStatus.Pending, Attempts: > 0 }]);
        var kept = await mall.ServicesOf(Apps.Notifications).GetRequiredService<IStateStore>().Get("notification.order-2-1", TestContext.Current.CancellationToken);
        var reason = JsonDocument.Parse(kept!.Value.Value).RootElement.GetProperty("events")[1].GetProperty("data").GetProperty("reason").GetString();
        Assert.Contains("+49********67-order-2-1.txt", reason);
        Assert.DoesNotContain("1701234567", reason);

        inTheWay.Delete();
        await Eventually.True(async () => await List("?orderId=order-2") is [{ Status: NotificationStatus.Sent, Attempts: > 1 }]);
        Assert.Single(Directory.GetFiles(Messages));
    }

    [Theory]
    [InlineData("?kind=order-ready", "kind")]
    [InlineData("?customerId=no.id", "customerId")]
    [InlineData("?orderId=no.id", "orderId")]
    [InlineData("?limit=0", "limit")]
    [InlineData("?cursor=nonsense", "cursor")]
    public async Task Bad_input_names_the_field(string query, string field)
    {
        var answer = await notifications.GetAsync($"/api/notifications{query}");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((400, field), ((int)answer.StatusCode, problem.GetProperty("errors").EnumerateObject().Single().Name));
    }

    async Task<string> Register(string name, string smsNumber)
    {
        var registered = await customers.PostAsJsonAsync("/api/customers", new { name, smsNumber });
        return (await registered.Content.ReadFromJsonAsync<CustomerResource>(KitJson.Options))!.CustomerId;
    }

    async Task<IReadOnlyList<NotificationResource>> List(string query) =>
        (await notifications.GetFromJsonAsync<Page<NotificationResource>>($"/api/notifications{query}", KitJson.Options))!.Items;
}

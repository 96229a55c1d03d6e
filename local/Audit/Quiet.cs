using System.Security.Cryptography;
using System.Text.Json;
using MallBots.Contracts;
using MallBots.Local.Demo;

namespace MallBots.Local.Audit;

/// <summary>Waits until a mall is quiet: nothing is under way, or all that is left waits for people and nothing has moved for a while.</summary>
static class Quiet
{
    /// <summary>What was still under way when the time was over; nothing when the mall is quiet.</summary>
    public static async Task<IReadOnlyList<Violation>> Await(MallReader mall, AuditOptions options, TimeProvider clock, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        var (unmoved, before) = (clock.GetTimestamp(), "");
        while (true)
        {
            var snapshot = await SnapshotReader.Read(mall, internals: false, cancel);
            var underWay = UnderWay(snapshot).ToList();
            if (underWay.Count == 0 && !WaitsForBots(snapshot)) return [];

            var now = Fingerprint(snapshot);
            if (now != before) (unmoved, before) = (clock.GetTimestamp(), now);
            if (underWay.Count == 0 && clock.GetElapsedTime(unmoved) >= options.Still) return [];
            if (clock.GetElapsedTime(began) >= options.Within) return underWay;
            await Task.Delay(options.Pause, clock, cancel);
        }
    }

    /// <summary>What the system has to finish by itself, without anybody's help.</summary>
    static IEnumerable<Violation> UnderWay(MallSnapshot mall)
    {
        var waiting = mall.Workflows.Where(workflow => workflow.Status == OrderWorkflowStatus.NeedsAttention).Select(workflow => workflow.OrderId).ToHashSet();
        foreach (var order in mall.Orders.Where(order => order.Status == OrderStatus.Pending && !waiting.Contains(order.OrderId)))
            yield return Violation.Of(0, "the order is pending, and nobody is asked to help", order.OrderId);
        foreach (var workflow in mall.Workflows.Where(workflow => workflow.Status is OrderWorkflowStatus.Scheduling or OrderWorkflowStatus.Running))
            yield return Violation.Of(0, $"the workflow {workflow.Name} does not come to its end", workflow.OrderId);
        foreach (var payment in mall.Payments.Where(payment => payment.Status == PaymentStatus.Authorizing || payment.Invoice is { Status: InvoiceStatus.Paying }))
            yield return Violation.Of(0, "a call to the provider does not come to its end", payment.PaymentId);
        foreach (var notification in mall.Notifications.Where(notification => notification.Status == NotificationStatus.Pending))
            yield return Violation.Of(0, "the notification is not sent", notification.NotificationId);
        foreach (var (app, health) in mall.Health.Services.Where(service => service.Value.Status != "ready"))
            yield return Violation.Of(0, $"the service is {health.Status}: {string.Join(' ', health.Reasons)}", app);
    }

    /// <summary>Approved orders go on when a bot takes them, which may be a simulated one or a person's.</summary>
    static bool WaitsForBots(MallSnapshot mall) => mall.Orders.Any(order => order.Status is OrderStatus.Approved or OrderStatus.InProgress);

    static string Fingerprint(MallSnapshot mall) =>
        Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { mall.Orders, mall.ShoppingLists, mall.Bots }, MallJson.Requests)));
}

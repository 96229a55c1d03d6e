using MallBots.Local.Audit;
using MallBots.Mall.Tests.Audit;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Crash;

/// <summary>
/// Scenario 23: kill -9 of everything at random moments under a load of orders. After a restart on the same folder every order whose checkout was
/// answered 202 reaches its end by itself, once. <c>tests/kill-loop</c> runs the long form.
/// </summary>
public sealed class KilledMallTests
{
    static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("MALLBOTS_KILLS"), out var kills) ? kills : LongForm.Rounds(2, 50);

    [Fact]
    public async Task Every_accepted_order_reaches_its_end_once_whenever_the_mall_is_killed()
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-kill-");
        var mall = await MallProcess.Start(folder.FullName);
        try
        {
            var crowd = await Crowd.Enter(mall.Gateway);
            for (var kill = 1; kill <= Kills; kill++)
            {
                using var stop = new CancellationTokenSource();
                var load = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => crowd.Shop(mall.Gateway, stop.Token)));
                var before = crowd.Accepted.Count;
                // A random moment, counted in orders and a bit: not before the load has begun.
                await Eventually.True(() => Task.FromResult(crowd.Accepted.Count >= before + 1 + Random.Shared.Next(8)), what: "orders are accepted");
                await Task.Delay(Random.Shared.Next(0, 60));
                await mall.Kill();
                await stop.CancelAsync();
                await load;
                await mall.DisposeAsync();
                mall = await MallProcess.Start(folder.FullName);
            }

            foreach (var (order, status) in crowd.Accepted)
            {
                var reached = await mall.Gateway.Until($"/api/orders/{order}", answer => answer.Code == 200 && answer.Text("status") is not ("pending" or "approved" or "inProgress"));
                Assert.Equal((order, status), (order, reached.Text("status")));
            }

            await EverythingOnce(mall.Gateway, crowd.Customer, crowd.Accepted.Keys);
            var report = await Audited.NothingIsWrong(MallAccess.Of(folder.FullName));
            Assert.True(report.Checked["orders"] >= crowd.Accepted.Count);
        }
        finally
        {
            await mall.DisposeAsync();
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Each order has one list, its payment one hold, and one notification for each entry of its history that has a kind.</summary>
    static async Task EverythingOnce(MallDriver mall, string customer, IEnumerable<string> orders)
    {
        var listed = await All(mall, $"/api/orders?customerId={customer}", "orderId");
        Assert.Equal(listed.Count, listed.Distinct().Count());
        var lists = await All(mall, "/api/shopping-lists", "shoppingListId");
        Assert.Equal(lists.Count, lists.Distinct().Count());
        foreach (var id in orders)
        {
            Assert.Contains(id, listed);
            var order = (await mall.Get($"/api/orders/{id}")).Expect(200);
            var events = order.Body.GetProperty("history").EnumerateArray().Select(entry => entry.GetProperty("event").GetString()!).ToList();
            Assert.Equal(events.Count, events.Distinct().Count());
            var kinds = events.Count(happened => happened is "order-created" or "order-approved" or "order-rejected" or "order-readied");
            await mall.Until($"/api/notifications?orderId={id}&limit=200", answer => answer.Body.GetProperty("items").GetArrayLength() == kinds);
            await mall.Until($"/api/search/orders/{id}", answer => answer.Code == 200 && answer.Text("status") == order.Text("status"));
            var list = await mall.Get($"/api/shopping-lists/{id}");
            if (order.Text("status") == "ready")
            {
                Assert.Equal("completed", list.Text("status"));
                Assert.Equal("confirmed", (await mall.Get($"/api/payments/{order.Text("paymentId")}")).Text("status"));
                await mall.Until($"/api/invoices/{id}", answer => answer.Code == 200 && answer.Text("status") == "pending");
            }
            else
            {
                Assert.Equal("payment-unknown", order.Body.GetProperty("reason").GetProperty("code").GetString());
                await mall.Until($"/api/shopping-lists/{id}", answer => answer.Code == 200 && answer.Text("status") == "canceled");
            }
        }
    }

    static async Task<List<string>> All(MallDriver mall, string path, string idField)
    {
        List<string> ids = [];
        string? cursor = null;
        do
        {
            var page = (await mall.Get($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=200{(cursor is null ? "" : $"&cursor={cursor}")}")).Expect(200);
            ids.AddRange(page.Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty(idField).GetString()!));
            cursor = page.Body.GetProperty("next").GetString();
        }
        while (cursor is not null);
        return ids;
    }
}

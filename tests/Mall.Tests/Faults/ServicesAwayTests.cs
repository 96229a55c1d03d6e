using MallBots.Contracts;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>Scenario 11: each service is away for a while: no order is rejected because of it, and all goes on when it is back.</summary>
public sealed class ServicesAwayTests
{
    [Fact]
    public async Task Orders_wait_for_a_service_that_they_need_and_none_is_rejected()
    {
        await using var mall = await FaultMall.Start();
        foreach (var away in new[] { Apps.Customers, Apps.Depot, Apps.Payments })
        {
            var orders = await Baskets(mall.Gateway, 3);
            await mall.Mall.StopServiceAsync(away);
            foreach (var (basket, payment) in orders) await mall.Gateway.Checkout(basket, payment);
            foreach (var (basket, _) in orders) await mall.Gateway.Until($"/api/order-workflows/{basket}", HasMetAFault);
            await mall.Mall.StartServiceAsync(away, TestContext.Current.CancellationToken);
            foreach (var (basket, _) in orders) await mall.Gateway.OrderIs(basket, OrderStatus.Ready);
        }

        await mall.NothingIsWrong();
    }

    [Fact]
    public async Task Checkouts_are_accepted_while_ordering_or_the_workflows_are_away_and_become_orders_when_they_are_back()
    {
        await using var mall = await FaultMall.Start();
        foreach (var away in new[] { Apps.Ordering, Apps.OrderWorkflow })
        {
            var orders = await Baskets(mall.Gateway, 3);
            await mall.Gateway.Checkout(orders[0].Basket, orders[0].Payment); // One that is under way when the service goes.
            await mall.Mall.StopServiceAsync(away);
            foreach (var (basket, payment) in orders.Skip(1)) await mall.Gateway.Checkout(basket, payment);
            if (away == Apps.Ordering) (await mall.Gateway.Get($"/api/orders/{orders[1].Basket}")).ExpectProblem(503, "unavailable");
            else foreach (var (basket, _) in orders) await mall.Gateway.Until($"/api/orders/{basket}", answer => answer.Code == 200);
            await mall.Mall.StartServiceAsync(away, TestContext.Current.CancellationToken);
            foreach (var (basket, _) in orders) await mall.Gateway.OrderIs(basket, OrderStatus.Ready);
        }

        await mall.NothingIsWrong();
    }

    [Fact]
    public async Task Orders_get_ready_while_services_are_away_that_they_do_not_need()
    {
        await using var mall = await FaultMall.Start();
        string[] needless = [Apps.Stores, Apps.Baskets, Apps.Search, Apps.Notifications];
        foreach (var away in needless)
        {
            var (basket, payment) = (await Baskets(mall.Gateway, 1))[0];
            if (away == Apps.Baskets)
            {
                // Its order is there, so it needs baskets no more: what is answered may still have to be published.
                await mall.Gateway.Checkout(basket, payment);
                await mall.Gateway.Until($"/api/orders/{basket}", answer => answer.Code == 200);
            }

            await mall.Mall.StopServiceAsync(away);
            if (away != Apps.Baskets) await mall.Gateway.Checkout(basket, payment);
            await mall.Gateway.OrderIs(basket, OrderStatus.Ready);
            await mall.Mall.StartServiceAsync(away, TestContext.Current.CancellationToken);
        }

        await mall.NothingIsWrong();
    }

    static bool HasMetAFault(Answer workflow) => workflow.Code == 200
        && workflow.Body.GetProperty("steps").EnumerateArray().Any(step => step.TryGetProperty("fault", out var fault) && fault.ValueKind == System.Text.Json.JsonValueKind.String);

    /// <summary>Baskets and what they are to be paid with.</summary>
    static async Task<IReadOnlyList<(string Basket, string Payment)>> Baskets(MallDriver gateway, int count)
    {
        var (customer, product) = (await gateway.Customer(), await gateway.Product(await gateway.Store(), 3m));
        List<(string, string)> baskets = [];
        for (var i = 0; i < count; i++) baskets.Add((await gateway.Basket(customer, (product, 1 + i)), await gateway.Payment(customer, 50m)));
        return baskets;
    }
}

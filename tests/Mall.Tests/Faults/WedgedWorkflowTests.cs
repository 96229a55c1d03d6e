using System.Text.Json;
using MallBots.Contracts;
using MallBots.Sidecar;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>Fact W9: instances that sleep for good, or fail in a loop. Orders come to their end all the same.</summary>
public sealed class WedgedWorkflowTests
{
    static readonly Dictionary<string, string?> Impatient = new()
    {
        ["Calls:Timeout"] = "00:00:02",
        ["Workflow:LongestDelay"] = "00:00:00.500",
        ["Workflow:StuckAfter"] = "00:00:07",
        ["Workflow:SweepEvery"] = "00:00:00.500",
    };

    /// <summary>How instances are wedged.</summary>
    public enum Wedge
    {
        /// <summary>A result that nobody wakes the instance for.</summary>
        Asleep,

        /// <summary>Each turn fails; to terminate the instance answers an error, and takes effect.</summary>
        Looping,
    }

    [Theory]
    [InlineData(Wedge.Asleep)]
    [InlineData(Wedge.Looping)]
    public async Task Orders_whose_workflows_are_wedged_come_to_their_end_by_themselves(Wedge wedge)
    {
        await using var mall = await FaultMall.Start(more: Impatient);
        var orders = await Checkout(mall, wedge, 3);
        foreach (var order in orders) await mall.Gateway.Until($"/api/order-workflows/{order}", workflow => Restarts(workflow).Count > 0);
        Unwedge(mall.Traps);
        foreach (var order in orders)
        {
            await mall.Gateway.OrderIs(order, OrderStatus.Ready);
            var workflow = await mall.Gateway.Until($"/api/order-workflows/{order}", answer => answer.Text("status") == "ended");
            Assert.Equal("approved", workflow.Text("outcome"));
            Assert.All(Restarts(workflow), restart => Assert.StartsWith("It stood still for 00:0", restart.GetProperty("reason").GetString(), StringComparison.Ordinal));
        }

        await mall.NothingIsWrong();
    }

    [Fact]
    public async Task A_few_that_fall_asleep_among_many_at_whatever_step_are_healed_and_the_others_go_on()
    {
        await using var mall = await FaultMall.Start(more: Impatient);
        mall.Traps.FailedTerminations = 0.5;
        mall.Traps.LostWakeUps = 0.05; // Of about ten wake-ups an order has.
        await Shoppers.ShopUntilAllIsOver(mall.Gateway, orders: 18, atOnce: 6);
        Unwedge(mall.Traps);
        await mall.NothingIsWrong();
    }

    [Fact]
    public async Task A_workflow_that_is_wedged_again_and_again_is_shown_to_an_operator_whose_retry_helps()
    {
        await using var mall = await FaultMall.Start(more: Impatient);
        var order = (await Checkout(mall, Wedge.Asleep, 1))[0];
        var waiting = await mall.Gateway.Until($"/api/order-workflows/{order}", workflow => workflow.Code == 200 && workflow.Text("status") == "needsAttention");
        Assert.Equal(3, Restarts(waiting).Count);
        Assert.EndsWith("It was restarted 3 times.", waiting.Text("reason"), StringComparison.Ordinal);
        await mall.Gateway.Until(
            "/api/order-workflows?status=needsAttention",
            list => list.Body.GetProperty("items").EnumerateArray().Any(item => item.GetProperty("orderId").GetString() == order));

        Unwedge(mall.Traps);
        var step = waiting.Body.TryGetProperty("step", out var shown) ? shown.GetString() ?? "" : "";
        (await mall.Gateway.Post($"/api/order-workflows/{order}/resume", new { decision = "retry", step, text = "Redis is well again" })).Expect(200);
        await mall.Gateway.OrderIs(order, OrderStatus.Ready);
        var ended = await mall.Gateway.Until($"/api/order-workflows/{order}", workflow => workflow.Text("status") == "ended");
        Assert.Equal(3, Restarts(ended).Count);
        await mall.NothingIsWrong();
    }

    static async Task<IReadOnlyList<string>> Checkout(FaultMall mall, Wedge wedge, int count)
    {
        var (customer, product) = (await mall.Gateway.Customer(), await mall.Gateway.Product(await mall.Gateway.Store(), 3m));
        if (wedge == Wedge.Asleep) mall.Traps.LostWakeUps = 1;
        else mall.Traps.LoopingTurns = mall.Traps.FailedTerminations = 1;
        List<string> orders = [];
        for (var number = 0; number < count; number++)
        {
            var basket = await mall.Gateway.Basket(customer, (product, 1 + number));
            await mall.Gateway.Checkout(basket, await mall.Gateway.Payment(customer, 50m));
            orders.Add(basket);
        }

        return orders;
    }

    static void Unwedge(Traps traps) => traps.LostWakeUps = traps.LoopingTurns = traps.FailedTerminations = 0;

    static IReadOnlyList<JsonElement> Restarts(Answer workflow) =>
        workflow.Code == 200 ? [.. workflow.Body.GetProperty("runs")[0].GetProperty("restarts").EnumerateArray()] : [];
}

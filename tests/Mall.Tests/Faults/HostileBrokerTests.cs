using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>Scenarios 10 and 12: a broker that repeats, shuffles, delays and loses, calls that are answered by nobody. Nothing is lost, nothing twice.</summary>
public sealed class HostileBrokerTests
{
    static readonly int Orders = LongForm.Rounds(12, 100);

    [Fact]
    public async Task Every_event_delivered_twice_and_in_no_order_changes_nothing()
    {
        await using var mall = await FaultMall.Start();
        mall.Traps.RepeatedMessages = 1;
        mall.Traps.MessagesHaveNoOrder = true;
        mall.Traps.LongestDelayOfMessages = TimeSpan.FromMilliseconds(200);
        await Shoppers.ShopUntilAllIsOver(mall.Gateway, Orders);
        await mall.NothingIsWrong();
    }

    [Fact]
    public async Task One_delivery_in_ten_lost_for_good_is_mended_by_the_catch_up()
    {
        await using var mall = await FaultMall.Start();
        mall.Traps.LostMessages = 0.1;
        await Shoppers.ShopUntilAllIsOver(mall.Gateway, Orders);
        await mall.NothingIsWrong();
    }

    [Fact]
    public async Task A_broker_that_delivers_nothing_at_all_delays_orders_and_loses_none()
    {
        await using var mall = await FaultMall.Start();
        mall.Traps.LostMessages = 1;
        await Shoppers.ShopUntilAllIsOver(mall.Gateway, orders: 4);
        await mall.NothingIsWrong();
    }

    [Fact]
    public async Task Saves_that_are_said_to_conflict_answers_that_are_cut_and_empty_answers_are_believed_by_nobody()
    {
        await using var mall = await FaultMall.Start();
        mall.Traps.FalseConflicts = 0.02;
        mall.Traps.EmptyBulkGets = 0.05;
        mall.Traps.EmptyInvocations = 0.02;
        mall.Traps.CutAnswers = 0.01;
        mall.Traps.RepeatedMessages = 0.1;
        await Shoppers.ShopUntilAllIsOver(mall.Gateway, Orders);
        mall.Traps.FalseConflicts = mall.Traps.EmptyBulkGets = mall.Traps.EmptyInvocations = mall.Traps.CutAnswers = 0;
        await mall.NothingIsWrong();
    }
}

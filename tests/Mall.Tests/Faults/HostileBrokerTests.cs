using MallBots.Contracts;
using MallBots.Local;
using MallBots.Mall.Tests.Audit;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>Scenarios 10 to 12: a broker that repeats, shuffles, delays and loses, calls that are answered by nobody, services that are away. Nothing is lost, nothing twice.</summary>
public sealed class HostileBrokerTests
{
    static readonly int Orders = LongForm.Rounds(12, 100);

    static readonly Dictionary<string, string?> Impatient = new()
    {
        ["Depot:BotSpeed"] = "100000",
        ["Depot:Bots"] = "6",
        ["CatchUp:Every"] = "00:00:02",
        ["Journal:SweepEvery"] = "00:00:02",
        ["Journal:FenceAfter"] = "00:00:02",
    };

    [Fact]
    public async Task Every_event_delivered_twice_and_in_no_order_changes_nothing()
    {
        await using var mall = await Start();
        mall.Sidecars.Traps.RepeatedMessages = 1;
        mall.Sidecars.Traps.MessagesHaveNoOrder = true;
        mall.Sidecars.Traps.LongestDelayOfMessages = TimeSpan.FromMilliseconds(200);
        await ShopUntilAllIsOver(mall);
        await Audited.NothingIsWrong(mall);
    }

    [Fact]
    public async Task One_delivery_in_ten_lost_for_good_is_mended_by_the_catch_up()
    {
        await using var mall = await Start();
        mall.Sidecars.Traps.LostMessages = 0.1;
        await ShopUntilAllIsOver(mall);
        await Audited.NothingIsWrong(mall);
    }

    [Fact]
    public async Task A_broker_that_delivers_nothing_at_all_delays_orders_and_loses_none()
    {
        await using var mall = await Start();
        mall.Sidecars.Traps.LostMessages = 1;
        await ShopUntilAllIsOver(mall, orders: 4);
        await Audited.NothingIsWrong(mall);
    }

    [Fact]
    public async Task Saves_that_are_said_to_conflict_answers_that_are_cut_and_empty_answers_are_believed_by_nobody()
    {
        await using var mall = await Start();
        mall.Sidecars.Traps.FalseConflicts = 0.02;
        mall.Sidecars.Traps.EmptyBulkGets = 0.05;
        mall.Sidecars.Traps.EmptyInvocations = 0.02;
        mall.Sidecars.Traps.CutAnswers = 0.01;
        mall.Sidecars.Traps.RepeatedMessages = 0.1;
        await ShopUntilAllIsOver(mall);
        mall.Sidecars.Traps.FalseConflicts = mall.Sidecars.Traps.EmptyBulkGets = mall.Sidecars.Traps.EmptyInvocations = mall.Sidecars.Traps.CutAnswers = 0;
        await Audited.NothingIsWrong(mall);
    }

    [Theory]
    [InlineData(Apps.Customers)]
    [InlineData(Apps.Depot)]
    [InlineData(Apps.Payments)]
    [InlineData(Apps.Notifications)]
    public async Task A_service_that_is_away_rejects_no_order_and_all_goes_on_when_it_is_back(string away)
    {
        await using var mall = await Start();
        using var gateway = new MallDriver(mall[Apps.Gateway]);
        var (customer, product) = (await gateway.Customer(), await gateway.Product(await gateway.Store(), 3m));
        List<(string Basket, string Payment)> baskets = [];
        for (var i = 0; i < 4; i++) baskets.Add((await gateway.Basket(customer, (product, 1 + i)), await gateway.Payment(customer, 50m)));

        await mall.StopServiceAsync(away);
        foreach (var (basket, payment) in baskets) await gateway.Checkout(basket, payment);
        foreach (var (basket, _) in baskets) await gateway.Until($"/api/orders/{basket}", answer => answer.Code == 200);
        await mall.StartServiceAsync(away, TestContext.Current.CancellationToken);
        foreach (var (basket, _) in baskets) await gateway.OrderIs(basket, OrderStatus.Ready);
        await Audited.NothingIsWrong(mall);
    }

    static Task<LocalMall> Start() => LocalMall.StartAsync(new LocalMallOptions { Settings = Impatient }, TestContext.Current.CancellationToken);

    /// <summary>Orders of which every third has a payment that nobody knows; each must come to the end that it should have.</summary>
    static async Task ShopUntilAllIsOver(LocalMall mall, int? orders = null)
    {
        using var gateway = new MallDriver(mall[Apps.Gateway]);
        var store = await Insistent(() => gateway.Store());
        var products = new List<string>();
        for (var i = 0; i < 3; i++) products.Add(await Insistent(() => gateway.Product(store, 2m + i)));
        var customer = await Insistent(() => gateway.Customer());
        await Parallel.ForEachAsync(Enumerable.Range(0, orders ?? Orders), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, _) =>
        {
            var good = number % 3 != 2;
            var payment = good ? await Insistent(() => gateway.Payment(customer, 100m)) : "nobody-knows-it";
            var basket = await Insistent(() => gateway.Basket(customer, (products[number % 3], 1 + number % 4)));
            await Insistent(() => gateway.Checkout(basket, payment));
            var wanted = good ? "ready" : "rejected";
            await Eventually.True(
                async () => await gateway.Get($"/api/orders/{basket}") is { Code: 200 } order && order.Text("status") == wanted,
                TimeSpan.FromSeconds(90), $"order {basket} is {wanted}");
            if (good && number % 2 == 0) await Insistent(async () => (await gateway.Post($"/api/invoices/{basket}/pay")).Expect(200).Text("status"));
        });
    }

    /// <summary>A kiosk repeats what was answered 503 or 404 for the moment; whatever it left behind half done belongs to nobody.</summary>
    static async Task<string> Insistent(Func<Task<string>> call)
    {
        var answer = "";
        await Eventually.True(async () =>
        {
            try
            {
                answer = await call();
                return true;
            }
            catch (Xunit.Sdk.XunitException refused) when (refused.Message.Contains("got 503", StringComparison.Ordinal) || refused.Message.Contains("got 404", StringComparison.Ordinal))
            {
                return false;
            }
        }, TimeSpan.FromSeconds(30));
        return answer;
    }
}

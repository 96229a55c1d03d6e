using MallBots.Contracts;
using MallBots.Local;
using MallBots.Local.Demo;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Local;

/// <summary>The demo tells the truth: 0 only if every step was seen.</summary>
public class DemoTests
{
    static CancellationToken Aborted => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_demo_sees_an_order_completed_and_another_rejected()
    {
        await using var mall = await LocalMall.StartAsync(new LocalMallOptions(), Aborted);
        var (exitCode, told) = await Tell(mall, new DemoOptions { Deadline = TimeSpan.FromMinutes(3) });

        Assert.True(exitCode == 0, told);
        Assert.All(
            ["order pending", "order approved", "order inProgress", "order ready", "invoice paid", "order completed", "order rejected", "payment-amount-too-low"],
            step => Assert.Contains(step, told, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_demo_without_bots_says_what_it_did_not_see()
    {
        await using var mall = await LocalMall.StartAsync(
            new LocalMallOptions { Settings = new Dictionary<string, string?> { ["Depot:SimulateBots"] = "false" } }, Aborted);
        var (exitCode, told) = await Tell(mall, new DemoOptions { Deadline = TimeSpan.FromSeconds(10) });

        Assert.Equal(1, exitCode);
        Assert.Contains("NOT SEEN within 10 s", told, StringComparison.Ordinal);
        Assert.DoesNotContain("Every step was seen", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orders_checked_out_before_a_stop_come_to_their_end_after_it()
    {
        var folder = Directory.CreateTempSubdirectory("mallbots-test-").FullName;
        var orders = new List<string>();
        await using (var mall = await LocalMall.StartAsync(
            new LocalMallOptions { DataFolder = folder, Settings = new Dictionary<string, string?> { ["Depot:SimulateBots"] = "false" } }, Aborted))
        {
            for (var order = 0; order < 3; order++) orders.Add(await CheckOut(mall));
        }

        await using (var mall = await LocalMall.StartAsync(new LocalMallOptions { DataFolder = folder }, Aborted))
        {
            var (exitCode, told) = await Tell(mall, new DemoOptions { Resume = true, Deadline = TimeSpan.FromMinutes(3) });
            Assert.True(exitCode == 0, told);
            Assert.All(orders, order => Assert.Contains(order, told, StringComparison.Ordinal));

            using var http = WatchedHttp.Client(mall[Apps.Gateway]);
            var client = new MallClient(http);
            foreach (var order in orders) Assert.Equal(OrderStatus.Completed, (await client.FindOrder(order, Aborted))?.Status);
        }

        Directory.Delete(folder, recursive: true);
    }

    static async Task<(int ExitCode, string Told)> Tell(LocalMall mall, DemoOptions options)
    {
        using var told = new StringWriter();
        var exitCode = await Demonstration.RunAsync(mall[Apps.Gateway], options, TextWriter.Synchronized(told), TimeProvider.System, Aborted);
        return (exitCode, told.ToString());
    }

    static async Task<string> CheckOut(LocalMall mall)
    {
        using var http = WatchedHttp.Client(mall[Apps.Gateway]);
        var client = new MallClient(http);
        var seed = new SeedLoader(client);
        await seed.Load(
            new SeedMall(
                [new SeedCustomer("Ann Keller", "+4915112345001")],
                [new SeedStore("Leaf & Kettle", "Level 1, A-03", Participating: true, [new SeedProduct("LK-1001", "Darjeeling", 14.90m, "Tea")])]),
            Aborted);
        var customer = seed.Customers.Single();
        var basket = await client.StartBasket(customer.CustomerId, Aborted);
        await client.AddItem(basket.BasketId, seed.Products["LK-1001"].ProductId, 2, Aborted);
        var payment = await client.AuthorizePayment(customer.CustomerId, 30m, Aborted);
        return await client.CheckOut(basket.BasketId, payment.PaymentId, Aborted);
    }
}

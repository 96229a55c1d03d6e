using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Faults;

/// <summary>
/// Whatever delivery does at random: twice, late, in another order over a hundred messages and more, failed and made again, handled without an answer,
/// acknowledged on failure, lost for good. A seed decides what happens; it stands in the test's output and with every failure, and
/// MALLBOTS_FAULTS_SEED repeats it.
/// </summary>
public sealed class FaultProxyTests
{
    const int Churn = 150;
    static readonly int Runs = LongForm.Rounds(1, 20);
    static readonly int Orders = LongForm.Rounds(6, 20);

    [Fact]
    public async Task Whatever_delivery_does_at_random_orders_end_as_they_should_and_copies_equal_their_owners()
    {
        foreach (var seed in Seeds())
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"MALLBOTS_FAULTS_SEED={seed}");
            try
            {
                await Run(seed);
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException($"MALLBOTS_FAULTS_SEED={seed}: {wrong.Message}", wrong);
            }
        }
    }

    static async Task Run(int seed)
    {
        await using var mall = await FaultMall.Start();
        var gateway = mall.Gateway;
        var (store, customer) = (await gateway.Store(), await gateway.Customer());
        var product = await gateway.Product(store, 1m);
        Switch(mall, new Random(seed));

        // A product that changes so often that its topic's window is full of it.
        await Task.WhenAll(Shoppers.ShopUntilAllIsOver(gateway, Orders, atOnce: Orders), Task.Run(async () =>
        {
            for (var change = 0; change < Churn; change++) await Shoppers.Insistent(async () => (await gateway.Put($"/api/products/{product}/price", new { price = 2m + change })).Expect(200).Text("productId"));
            for (var change = 0; change < 5; change++)
                await Shoppers.Insistent(async () => (await gateway.Put($"/api/customers/{customer}/enabled", new { enabled = change % 2 == 0 })).Expect(200).Text("customerId"));
        }));
        Assert.Equal(1m + Churn, (await gateway.Get($"/api/products/{product}")).Expect(200).Number("price"));
        await mall.NothingIsWrong();
    }

    /// <summary>Every trap of delivery, as much of each as the seed wants.</summary>
    static void Switch(FaultMall mall, Random random)
    {
        var traps = mall.Traps;
        traps.Seed = random.Next();
        traps.ReorderWindow = random.Next(100, 140);
        traps.LongestHold = TimeSpan.FromMilliseconds(random.Next(100, 600));
        traps.LongestDelayOfMessages = TimeSpan.FromMilliseconds(random.Next(1, 300));
        traps.MessagesHaveNoOrder = random.Next(2) == 0;
        traps.RepeatedMessages = random.NextDouble();
        traps.FailedDeliveries = 0.3 * random.NextDouble();
        traps.CutDeliveries = 0.3 * random.NextDouble();
        traps.LostMessages = 0.1;
        traps.FailedMessagesAreAcknowledged = random.Next(2) == 0;
        traps.FailedPublishes = 0.03 * random.NextDouble();
        traps.CutPublishes = 0.03 * random.NextDouble();
        traps.CutInvocations = 0.02 * random.NextDouble();
    }

    static IEnumerable<int> Seeds() => Environment.GetEnvironmentVariable("MALLBOTS_FAULTS_SEED") is { Length: > 0 } seed
        ? [int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture)]
        : Enumerable.Range(0, Runs).Select(_ => Random.Shared.Next());
}

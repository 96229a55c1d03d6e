using MallBots.TestKit;
using Xunit;

namespace MallBots.Mall.Tests.Baskets;

/// <summary>
/// Units that are put into a basket leave nothing to publish, so they have no entry in the journal, and no state tells whether they were put in before:
/// their own command's id alone keeps them from being put in twice (architecture 2; facts S11, S12, I4).
/// </summary>
public sealed class QuantityTests(ShoppingMall mall) : IClassFixture<ShoppingMall>
{
    [Fact]
    public async Task Units_that_are_put_in_while_answers_are_cut_and_conflicts_are_lies_are_in_the_basket_once()
    {
        var (store, customer) = (await mall.OpenStore(), await mall.Register());
        var product = await mall.AddProduct(store);
        for (var round = 0; round < LongForm.Rounds(1, 30); round++)
        {
            var basket = await mall.StartBasket(customer);
            var traps = mall.Mall.Sidecars.Traps;
            (traps.FalseConflicts, traps.CutAnswers, traps.EmptyBulkGets, traps.EmptyInvocations) = (0.15, 0.05, 0.2, 0.1);
            await Parallel.ForEachAsync(Enumerable.Range(0, 40), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, _) =>
                await Eventually.True(async () =>
                {
                    // The kiosk repeats what was answered 503 with the same key, and one request in four all the same.
                    var answer = await mall.AddItem(basket, product, 1 + number % 3, key: $"{basket}-{number}");
                    return answer.Status != 503 && answer.Must(200) is not null && (number % 4 != 0 || (await mall.AddItem(basket, product, 1 + number % 3, key: $"{basket}-{number}")).Status == 200);
                }));
            (traps.FalseConflicts, traps.CutAnswers, traps.EmptyBulkGets, traps.EmptyInvocations) = (0, 0, 0, 0);
            var line = Assert.Single((await mall.Baskets.Get($"/api/baskets/{basket}")).Must(200).Items);
            Assert.Equal(Enumerable.Range(0, 40).Sum(number => 1 + number % 3), line.GetProperty("quantity").GetInt32());
        }
    }
}

using MallBots.TestKit;
using Xunit;

namespace MallBots.EndToEnd.Scenarios;

/// <summary>Scenario 16: new names of a store and a product reach everybody who keeps a copy; what was agreed on under the old ones stays as it was.</summary>
public class RebrandTests(RunningMall running)
{
    static readonly (string, string) Old = ("Tea House", "Green tea"), New = ("Leaf & Kettle", "Sencha");

    MallDriver Mall => running.Gateway;

    [Fact]
    public async Task New_names_of_a_store_and_a_product_are_seen_in_baskets_shopping_lists_and_search()
    {
        var (store, customer) = (await Mall.Store(Old.Item1), await Mall.Customer());
        var product = await Mall.Product(store, 3m, Old.Item2);
        var before = await OrderThatIsNotPaid(customer, product);
        await Mall.Until($"/api/search/orders/{before}", found => found.Code == 200 && Names(found) == Old);

        (await Mall.Put($"/api/stores/{store}/name", new { name = New.Item1 })).Expect(200);
        (await Mall.Put($"/api/products/{product}", new { name = New.Item2, description = "Fine." })).Expect(200);

        await Eventually.True(async () => Names(await Mall.Get($"/api/baskets/{await Mall.Basket(customer, (product, 1))}")) == New, Mall.Enough, "a new basket shows the new names");
        await Eventually.True(async () => await ListNames(await OrderThatIsNotPaid(customer, product)) == New, Mall.Enough, "a new list shows the new names");
        await Mall.Until($"/api/search/orders/{before}", found => Names(found) == New);
        await Mall.Until($"/api/search/products?storeId={store}", found =>
            found.Items.Select(row => (row.GetProperty("storeName").GetString()!, row.GetProperty("name").GetString()!)).SequenceEqual([New]));

        Assert.Equal(Old, Names(await Mall.Get($"/api/orders/{before}")));
        Assert.Equal(Old, await ListNames(before));
    }

    /// <summary>An order that gets a shopping list and is rejected then: nobody has to collect it.</summary>
    async Task<string> OrderThatIsNotPaid(string customer, string product)
    {
        var order = await Mall.Checkout(await Mall.Basket(customer, (product, 1)), "nobody-knows-it");
        await Mall.OrderIs(order, "rejected");
        return order;
    }

    async Task<(string, string)> ListNames(string order)
    {
        var stop = (await Mall.ListIs(order, "canceled")).Body.GetProperty("stops")[0];
        return (stop.GetProperty("storeName").GetString()!, stop.GetProperty("items")[0].GetProperty("productName").GetString()!);
    }

    static (string, string) Names(Answer answer)
    {
        var line = answer.Expect(200).Items.Single();
        return (line.GetProperty("storeName").GetString()!, line.GetProperty("productName").GetString()!);
    }
}

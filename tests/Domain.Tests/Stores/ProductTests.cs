using MallBots.Contracts;
using MallBots.ServiceKit.Domain;
using MallBots.Stores.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Stores;

public sealed class ProductTests
{
    static readonly ProductAdded Added = new("p-1", "s-1", "Tea", "Green", "T-1", 8.90m);

    [Fact]
    public void A_product_stands_in_the_list_of_its_store() =>
        Assert.Equal([Product.ListOf("s-1")], ((IAggregate<Product>)Spec.Fold<Product>(Added)!).Lists);

    [Theory]
    [InlineData("Tea", "Black")]
    [InlineData("Teas", "Green")]
    public void A_product_is_rebranded(string name, string description) =>
        Spec.Given<Product>(Added).When(product => product.Rebrand(name, description)).Then(new ProductRebranded(name, description))
            .ThenState(product => Assert.Equal((name, description), (product.Name, product.Description)));

    [Fact]
    public void The_same_name_and_description_change_nothing() => Spec.Given<Product>(Added).When(product => product.Rebrand("Tea", "Green")).ThenNothing();

    [Fact]
    public void A_higher_price_is_an_increase() =>
        Spec.Given<Product>(Added).When(product => product.ChangePrice(9m)).Then(new ProductPriceIncreased(8.90m, 9m)).ThenState(product => Assert.Equal(9m, product.Price));

    [Fact]
    public void A_lower_price_is_a_decrease() =>
        Spec.Given<Product>(Added).When(product => product.ChangePrice(8.89m)).Then(new ProductPriceDecreased(8.90m, 8.89m)).ThenState(product => Assert.Equal(8.89m, product.Price));

    [Fact]
    public void An_equal_price_changes_nothing_however_it_is_written() => Spec.Given<Product>(Added).When(product => product.ChangePrice(8.9m)).ThenNothing();

    [Fact]
    public void A_removed_product_stays_as_a_tombstone_with_its_values() =>
        Spec.Given<Product>(Added).When(product => product.Remove()).Then(new ProductRemoved()).ThenState(product =>
        {
            Assert.True(product.Removed);
            Assert.Equal(new ProductResource("p-1", "s-1", "Tea", "Green", "T-1", 8.90m, "USD", Removed: true), product.ToPublic("USD"));
        });

    [Fact]
    public void Removing_again_changes_nothing() => Spec.Given<Product>(Added, new ProductRemoved()).When(product => product.Remove()).ThenNothing();

    [Fact]
    public void A_removed_product_can_not_be_changed()
    {
        var removed = Spec.Given<Product>(Added, new ProductRemoved());
        removed.When(product => product.Rebrand("Teas", "Black")).ThenRefused(ProductRefusals.Removed);
        removed.When(product => product.Rebrand("Tea", "Green")).ThenRefused(ProductRefusals.Removed);
        removed.When(product => product.ChangePrice(10m)).ThenRefused(ProductRefusals.Removed);
        removed.When(product => product.ChangePrice(8.90m)).ThenRefused(ProductRefusals.Removed);
    }
}

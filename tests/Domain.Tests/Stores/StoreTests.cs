using MallBots.ServiceKit.Domain;
using MallBots.Stores.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Stores;

public sealed class StoreTests
{
    static readonly StoreCreated Created = new("s-1", "Teahouse", "Level 1, A-01");

    [Fact]
    public void A_new_store_does_not_take_part() =>
        Spec.Given<Store>().WhenNew(_ => Store.Create("s-1", "Teahouse", "Level 1, A-01")).Then(Created).ThenState(store => Assert.False(store.Participating));

    [Fact]
    public void A_store_is_rebranded() =>
        Spec.Given<Store>(Created).When(store => store.Rebrand("Tea & Co")).Then(new StoreRebranded("Tea & Co")).ThenState(store => Assert.Equal("Tea & Co", store.Name));

    [Fact]
    public void The_same_name_again_changes_nothing() => Spec.Given<Store>(Created).When(store => store.Rebrand("Teahouse")).ThenNothing();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Participation_is_set_once(bool participating) =>
        Spec.Given<Store>(Created, new StoreParticipationChanged(!participating))
            .When(store => store.SetParticipation(participating)).Then(new StoreParticipationChanged(participating))
            .ThenState(store => Assert.Equal(participating, store.Participating))
            .ThenState(store => Assert.Empty(store.SetParticipation(participating).Events));

    [Fact]
    public void Every_event_of_stores_and_products_is_published() =>
        Assert.Equal(
            [
                "product-added", "product-price-decreased", "product-price-increased", "product-rebranded", "product-removed",
                "store-created", "store-participation-changed", "store-rebranded",
            ],
            typeof(Store).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(DomainEvent)))
                .Select(type => type.GetCustomAttributes(typeof(PublishedAttribute), inherit: false).Cast<PublishedAttribute>().Single().Name).Order(StringComparer.Ordinal));
}

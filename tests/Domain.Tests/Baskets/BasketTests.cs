using System.Globalization;
using MallBots.Baskets.Domain;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;
using Xunit;

namespace MallBots.Domain.Tests.Baskets;

public sealed class BasketTests
{
    static readonly BasketStarted Started = new("b-1", "ann");
    static readonly Offer Tea = new("tea", "s-1", "Teahouse", "Green tea", 8.90m, Removed: false, StoreParticipating: true);
    static readonly Offer Cup = new("cup", "s-2", "Pottery", "Cup", 10m, Removed: false, StoreParticipating: true);

    static ItemAdded Added(Offer offer, int quantity = 1) =>
        new(offer.ProductId, offer.StoreId, offer.StoreName, offer.ProductName, offer.Price, quantity);

    static Given<Basket> Holding(params ItemAdded[] items) => Spec.Given<Basket>([Started, .. items]);

    static Dictionary<string, Offer> Offers(params Offer[] offers) => offers.ToDictionary(offer => offer.ProductId);

    // Start

    [Fact]
    public void A_customer_gets_an_empty_open_basket() =>
        Spec.Given<Basket>().WhenNew(_ => Basket.Start("b-1", "ann", new Shopper(Enabled: true))).Then(Started)
            .ThenState(basket => Assert.Equal((BasketStatus.Open, 0, 0m), (basket.Status, basket.Items.Count, basket.Total)));

    [Fact]
    public void An_unknown_customer_gets_no_basket() =>
        Spec.Given<Basket>().WhenNew(_ => Basket.Start("b-1", "ann", null)).ThenRefused(BasketRefusals.CustomerUnknown);

    [Fact]
    public void A_disabled_customer_gets_no_basket() =>
        Spec.Given<Basket>().WhenNew(_ => Basket.Start("b-1", "ann", new Shopper(Enabled: false))).ThenRefused(BasketRefusals.CustomerDisabled);

    // Items

    [Fact]
    public void Items_stand_in_the_order_they_were_added() =>
        Holding(Added(Tea, 2)).When(basket => basket.AddItem("cup", 3, Cup)).Then(Added(Cup, 3)).ThenState(basket =>
        {
            Assert.Equal(["tea", "cup"], basket.Items.Select(line => line.ProductId));
            Assert.Equal(2 * 8.90m + 3 * 10m, basket.Total);
        });

    [Fact]
    public void A_product_has_one_line_that_shows_what_the_customer_saw_last() =>
        Holding(Added(Tea, 2), Added(Cup)).When(basket => basket.AddItem("tea", 1, Tea with { Price = 9m, ProductName = "Sencha" })).ThenState(basket =>
            Assert.Equal(
                [new BasketLine("tea", "s-1", "Teahouse", "Sencha", 9m, 3), new BasketLine("cup", "s-2", "Pottery", "Cup", 10m, 1)], basket.Items));

    [Fact]
    public void A_thousand_units_of_a_product_fit_and_no_more()
    {
        var cheap = Tea with { Price = 0.01m };
        Holding(Added(cheap, 999)).When(basket => basket.AddItem("tea", 1, cheap)).Then(Added(cheap));
        Holding(Added(cheap, 999)).When(basket => basket.AddItem("tea", 2, cheap)).ThenRefusedAs("invalid-request", 400);
        Holding(Added(cheap, 1000)).When(basket => basket.AddItem("cup", 1000, Cup)).Then(Added(Cup, 1000));
    }

    [Fact]
    public void An_unknown_or_removed_product_is_refused()
    {
        Holding().When(basket => basket.AddItem("tea", 1, null)).ThenRefused(BasketRefusals.ProductUnknown);
        Holding().When(basket => basket.AddItem("tea", 1, Tea with { Removed = true })).ThenRefused(BasketRefusals.ProductUnknown);
    }

    [Fact]
    public void A_product_of_a_store_that_does_not_take_part_is_refused() =>
        Holding().When(basket => basket.AddItem("tea", 1, Tea with { StoreParticipating = false })).ThenRefused(BasketRefusals.StoreNotParticipating);

    [Fact]
    public void A_total_of_a_million_is_the_highest()
    {
        var car = Cup with { Price = 1_000m };
        Holding().When(basket => basket.AddItem("cup", 1_000, car)).Then(Added(car, 1_000));
        Holding().When(basket => basket.AddItem("cup", 1_000, car with { Price = 1_000.01m })).ThenRefused(BasketRefusals.TooExpensive);
        Holding(Added(car, 1_000)).When(basket => basket.AddItem("tea", 1, Tea)).ThenRefused(BasketRefusals.TooExpensive);
    }

    [Fact]
    public void A_hundred_products_fit_and_no_more()
    {
        var hundred = Holding([.. Enumerable.Range(0, 100).Select(number => Added(Tea with { ProductId = $"tea-{number}" }))]);
        hundred.When(basket => basket.AddItem("cup", 1, Cup)).ThenRefused(BasketRefusals.Full);
        hundred.When(basket => basket.AddItem("tea-0", 1, Tea with { ProductId = "tea-0" })).Then(Added(Tea with { ProductId = "tea-0" }));
    }

    [Theory]
    [InlineData(3, 1, 2)]
    [InlineData(2, 1, 1)] // Leaving exactly one unit leaves one unit.
    [InlineData(2, 2, 0)]
    [InlineData(2, 5, 0)]
    [InlineData(2, null, 0)]
    public void Units_are_taken_out(int there, int? quantity, int left) =>
        Holding(Added(Tea, there), Added(Cup)).When(basket => basket.RemoveItem("tea", quantity)).Then(new ItemRemoved("tea", there - left))
            .ThenState(basket => Assert.Equal(left, basket.Items.Find(line => line.ProductId == "tea")?.Quantity ?? 0))
            .ThenState(basket => Assert.Equal(left * 8.90m + 10m, basket.Total));

    [Fact]
    public void Taking_out_what_is_not_in_it_changes_nothing() => Holding(Added(Tea)).When(basket => basket.RemoveItem("cup", null)).ThenNothing();

    [Fact]
    public void A_line_that_became_unavailable_can_be_taken_out() =>
        Outdated(Offers(Tea with { Removed = true }), Added(Tea, 2)).When(basket => basket.RemoveItem("tea", null)).Then(new ItemRemoved("tea", 2))
            .ThenState(basket => Assert.Empty(basket.Items));

    // Cancel

    [Fact]
    public void An_open_basket_is_canceled() =>
        Holding(Added(Tea)).When(basket => basket.Cancel()).Then(new BasketCanceled()).ThenState(basket => Assert.Equal(BasketStatus.Canceled, basket.Status));

    [Fact]
    public void Canceling_again_changes_nothing() => Spec.Given<Basket>(Started, new BasketCanceled()).When(basket => basket.Cancel()).ThenNothing();

    [Fact]
    public void A_canceled_basket_takes_nothing_any_more()
    {
        var canceled = Spec.Given<Basket>(Started, Added(Tea), new BasketCanceled());
        canceled.When(basket => basket.AddItem("tea", 1, Tea)).ThenRefused(BasketRefusals.NotOpen);
        canceled.When(basket => basket.RemoveItem("tea", 1)).ThenRefused(BasketRefusals.NotOpen);
        canceled.When(basket => basket.CheckOut("pay-1", Offers(Tea))).ThenRefused(BasketRefusals.NotOpen);
    }

    [Fact]
    public void A_basket_that_is_checked_out_takes_nothing_any_more()
    {
        var checkedOut = Spec.Given<Basket>(Started, Added(Tea), new BasketCheckedOut("pay-1"));
        checkedOut.When(basket => basket.AddItem("tea", 1, Tea)).ThenRefused(BasketRefusals.NotOpen);
        checkedOut.When(basket => basket.RemoveItem("tea", null)).ThenRefused(BasketRefusals.NotOpen);
        checkedOut.When(basket => basket.Cancel()).ThenRefused(BasketRefusals.NotOpen);
    }

    // Checkout

    [Fact]
    public void A_basket_that_is_as_the_customer_saw_it_is_checked_out() =>
        Holding(Added(Tea, 2), Added(Cup)).When(basket => basket.CheckOut("pay-1", Offers(Tea, Cup))).Then(new BasketCheckedOut("pay-1")).ThenState(basket =>
        {
            var shown = Assert.IsType<BasketResource>(basket.ToPublic("USD"));
            Assert.Equal((BasketStatus.CheckedOut, "pay-1", "b-1", 27.80m, "USD"), (shown.Status, shown.PaymentId, shown.OrderId, shown.Total, shown.Currency));
            Assert.Equal(Spec.Start.AddMinutes(3), shown.CheckedOutAt);
        });

    [Fact]
    public void Other_names_do_not_make_a_basket_outdated() =>
        Holding(Added(Tea)).When(basket => basket.CheckOut("pay-1", Offers(Tea with { ProductName = "Sencha", StoreName = "Tea & Co" }))).Then(new BasketCheckedOut("pay-1"));

    [Fact]
    public void An_empty_basket_is_not_checked_out() => Holding().When(basket => basket.CheckOut("pay-1", Offers())).ThenRefused(BasketRefusals.Empty);

    [Fact]
    public void Checked_out_with_the_same_payment_again_changes_nothing() =>
        Spec.Given<Basket>(Started, Added(Tea), new BasketCheckedOut("pay-1")).When(basket => basket.CheckOut("pay-1", Offers())).ThenNothing();

    [Fact]
    public void Checked_out_with_another_payment_is_refused() =>
        Spec.Given<Basket>(Started, Added(Tea), new BasketCheckedOut("pay-1")).When(basket => basket.CheckOut("pay-2", Offers(Tea))).ThenRefused(BasketRefusals.NotOpen);

    [Theory]
    [InlineData("9.50")]
    [InlineData("8.50")]
    public void Another_price_is_shown_first_and_accepted_then(string price)
    {
        var now = Tea with { Price = decimal.Parse(price, CultureInfo.InvariantCulture) };
        var first = Holding(Added(Tea, 2), Added(Cup)).When(basket => basket.CheckOut("pay-1", Offers(now, Cup)))
            .ThenOutdated(new BasketChange("tea", "Green tea", BasketChangeKind.PriceChanged, 8.90m, now.Price))
            .ThenState(basket => Assert.Equal((BasketStatus.Open, 2 * now.Price + 10m), (basket.Status, basket.Total)));
        Again(first).When(basket => basket.CheckOut("pay-1", Offers(now, Cup))).Then(new BasketCheckedOut("pay-1"));
    }

    [Fact]
    public void Every_change_is_listed()
    {
        var book = Tea with { ProductId = "book", ProductName = "Book" };
        Holding(Added(Tea), Added(Cup), Added(book)).When(basket => basket.CheckOut("pay-1", Offers(Tea with { Price = 9m }, Cup with { StoreParticipating = false }, book with { Removed = true })))
            .ThenOutdated(
                new BasketChange("tea", "Green tea", BasketChangeKind.PriceChanged, 8.90m, 9m),
                new BasketChange("cup", "Cup", BasketChangeKind.StoreLeft, 10m, null),
                new BasketChange("book", "Book", BasketChangeKind.ProductRemoved, 8.90m, null))
            .ThenState(basket => Assert.Equal((9m, 3), (basket.Total, basket.Items.Count)));
    }

    [Fact]
    public void A_removed_product_stays_as_an_unavailable_line_that_the_next_checkout_leaves_out()
    {
        var offers = Offers(Tea, Cup with { Removed = true });
        var outdated = Outdated(offers, Added(Tea), Added(Cup));
        outdated.When(basket => basket.CheckOut("pay-1", offers)).Then(new BasketCheckedOut("pay-1"))
            .ThenState(basket => Assert.Equal((8.90m, "tea"), (basket.Total, Assert.Single(basket.Items).ProductId)));
        Assert.Equal([("tea", false), ("cup", true)], outdated.State!.Items.Select(line => (line.ProductId, line.Unavailable)));
    }

    [Fact]
    public void A_basket_with_unavailable_lines_only_is_empty()
    {
        var offers = Offers(Tea with { Removed = true }, Cup with { StoreParticipating = false });
        Outdated(offers, Added(Tea), Added(Cup)).When(basket => basket.CheckOut("pay-1", offers)).ThenRefused(BasketRefusals.Empty);
    }

    [Fact]
    public void A_product_that_nobody_knows_any_more_counts_as_removed() =>
        Holding(Added(Tea)).When(basket => basket.CheckOut("pay-1", Offers()))
            .ThenOutdated(new BasketChange("tea", "Green tea", BasketChangeKind.ProductRemoved, 8.90m, null));

    [Fact]
    public void A_store_that_takes_part_again_brings_its_lines_back_at_the_next_checkout()
    {
        var back = Outdated(Offers(Tea with { StoreParticipating = false }, Cup), Added(Tea), Added(Cup))
            .When(basket => basket.CheckOut("pay-1", Offers(Tea with { Price = 7m }, Cup)))
            .ThenOutdated(new BasketChange("tea", "Green tea", BasketChangeKind.StoreReturned, 8.90m, 7m))
            .ThenState(basket => Assert.Equal(17m, basket.Total));
        Again(back).When(basket => basket.CheckOut("pay-1", Offers(Tea with { Price = 7m }, Cup))).Then(new BasketCheckedOut("pay-1"));
    }

    [Fact]
    public void What_happens_to_an_unavailable_line_is_no_news()
    {
        var left = Outdated(Offers(Tea with { StoreParticipating = false }, Cup), Added(Tea), Added(Cup));
        left.When(basket => basket.CheckOut("pay-1", Offers(Tea with { StoreParticipating = false, Price = 1m }, Cup))).Then(new BasketCheckedOut("pay-1"));
        left.When(basket => basket.CheckOut("pay-1", Offers(Tea with { Removed = true }, Cup))).Then(new BasketCheckedOut("pay-1"));
    }

    [Fact]
    public void Adding_to_an_unavailable_line_makes_it_available() =>
        Outdated(Offers(Tea with { StoreParticipating = false }), Added(Tea)).When(basket => basket.AddItem("tea", 1, Tea)).Then(Added(Tea))
            .ThenState(basket => Assert.Equal((17.80m, false), (basket.Total, Assert.Single(basket.Items).Unavailable)));

    [Fact]
    public void Prices_that_went_up_to_more_than_a_million_are_not_checked_out()
    {
        var gold = Offers(Tea with { Price = 1_000_000m }, Cup);
        Outdated(gold, Added(Tea), Added(Cup)).When(basket => basket.CheckOut("pay-1", gold)).ThenRefused(BasketRefusals.TooExpensive);
    }

    [Fact]
    public void A_checkout_looks_at_the_products_of_an_open_basket_only()
    {
        Assert.Equal(["tea", "cup"], Holding(Added(Tea), Added(Cup)).State!.ProductsToCheck());
        Assert.Empty(Spec.Fold<Basket>(Started, Added(Tea), new BasketCheckedOut("pay-1"))!.ProductsToCheck());
        Assert.Empty(Spec.Fold<Basket>(Started, Added(Tea), new BasketCanceled())!.ProductsToCheck());
    }

    [Fact]
    public void Only_what_others_have_to_know_is_published() =>
        Assert.Equal(
            ["basket-started", "basket-canceled", "basket-checked-out"],
            from type in new[] { typeof(BasketStarted), typeof(ItemAdded), typeof(ItemRemoved), typeof(BasketRepriced), typeof(BasketCanceled), typeof(BasketCheckedOut) }
            from published in type.GetCustomAttributes(typeof(PublishedAttribute), inherit: false).Cast<PublishedAttribute>()
            select published.Name);

    /// <summary>A basket after a checkout that found it outdated.</summary>
    static Given<Basket> Outdated(Dictionary<string, Offer> offers, params ItemAdded[] items) =>
        Again(Holding(items).When(basket => basket.CheckOut("pay-1", offers)));

    /// <summary>What came of a command is where the next one starts.</summary>
    static Given<Basket> Again(When<Basket> before)
    {
        Basket? now = null;
        before.ThenState(basket => now = basket);
        return new Given<Basket>(now, before.Given.Version + before.Decision.Events.Length);
    }
}

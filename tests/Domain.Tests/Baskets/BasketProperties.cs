using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using MallBots.Baskets.Domain;
using MallBots.Contracts;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;

namespace MallBots.Domain.Tests.Baskets;

/// <summary>What holds after whatever a customer and the stores do.</summary>
public sealed class BasketProperties
{
    /// <summary>One step: something is done with one of six products while it costs so much, and is offered or not.</summary>
    public sealed record Step(int Action, int Product, int Quantity, int Cents, bool Removed, bool StoreParticipating);

    static readonly Arbitrary<Step[]> Steps = Gen.ArrayOf(
        from action in Gen.Choose(0, 4)
        from product in Gen.Choose(0, 5)
        from quantity in Gen.OneOf(Gen.Choose(1, 5), Gen.Choose(1, 1_000))
        from cents in Gen.OneOf(Gen.Choose(1, 500), Gen.Choose(1, 100_000_000))
        from removed in Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true)))
        from participating in Gen.Frequency((5, Gen.Constant(true)), (1, Gen.Constant(false)))
        select new Step(action, product, quantity, cents, removed, participating)).ToArbitrary();

    [Property(MaxTest = 300)]
    public Property The_total_is_the_sum_of_what_can_be_bought_and_quantities_keep_their_bounds() => Prop.ForAll(Steps, steps =>
    {
        var (basket, version) = (Spec.Fold<Basket>(new BasketStarted("b", "ann"))!, 1);
        Dictionary<string, Offer> offers = [];
        foreach (var step in steps)
        {
            var offer = new Offer($"p{step.Product}", "s", "Store", $"Product {step.Product}", step.Cents / 100m, step.Removed, step.StoreParticipating);
            offers[offer.ProductId] = offer;
            var decision = Decide(basket, step, offer, offers);
            if (decision.Refusal is not null && !decision.Events.IsEmpty && decision.Refusal.Kind != BasketRefusals.Outdated) return false;
            foreach (var happened in decision.Events) basket = Basket.Evolve(basket, new Happened(happened, ++version, Spec.Start));

            if (basket.Total != basket.Items.Where(line => !line.Unavailable).Sum(line => line.Quantity * line.Price)) return false;
            if (basket.Items.Any(line => line.Quantity is < 1 or > 1_000)) return false;
            if (basket.Items.DistinctBy(line => line.ProductId).Count() != basket.Items.Count) return false;
            if (decision.Events is [BasketCheckedOut] && !IsWhatIsOffered(basket, offers)) return false;
            if (decision.Events is [ItemAdded] && basket.Total > 1_000_000m) return false;
        }

        return true;
    });

    static Decision Decide(Basket basket, Step step, Offer offer, Dictionary<string, Offer> offers) => step.Action switch
    {
        0 or 1 => basket.AddItem(offer.ProductId, step.Quantity, offer),
        2 => basket.RemoveItem(offer.ProductId, step.Quantity % 7 == 0 ? null : step.Quantity),
        3 => basket.CheckOut("pay", offers),
        _ => Decision.Nothing, // Only the offer changed.
    };

    /// <summary>An order is for present prices of present products, and can be paid.</summary>
    static bool IsWhatIsOffered(Basket basket, Dictionary<string, Offer> offers) =>
        basket.Status == BasketStatus.CheckedOut && basket.Items.Count > 0 && basket.Total is > 0 and <= 1_000_000m
        && basket.Items.All(line => offers[line.ProductId] is { Removed: false, StoreParticipating: true } offer && offer.Price == line.Price);
}

using MallBots.ServiceKit.Documents;
using MallBots.Stores.Domain;
using MallBots.Stores.Reservations;
using MallBots.TestKit.Exploring;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MallBots.Domain.Tests.Stores;

/// <summary>
/// The SKU of a store is unique at every moment, in every interleaving of replicas that add, remove, crash and get wrong answers, and nobody waits for
/// a reservation that nobody carries out. Specification 3, stores.
/// </summary>
public sealed class SkuReservationTests(ITestOutputHelper output)
{
    const string Store = "s-1";
    const string Sku = "sku";

    [Fact]
    public void Of_two_at_once_exactly_one_wins_in_every_interleaving() => Explore(atLeast: 100, new()
    {
        Processes = [Adds("p"), Adds("q")],
        After = ClientsAskAgain,
        About = SkusAndProducts,
        AtEachStep = OneAtMost,
        AtEnd = end =>
        {
            Assert.Equal(["added", "sku-taken"], end.Results.Values.Order());
            Assert.Equal(end.Results.Single(result => result.Value == "added").Key, Assert.Single(Present(end)));
        },
    });

    [Fact]
    public void A_reservation_whose_writer_died_or_was_answered_wrongly_is_carried_out_by_whoever_meets_it_in_every_interleaving() => Explore(atLeast: 10_000, new()
    {
        Processes = [Adds("p"), Adds("q")],
        After = ClientsAskAgain,
        About = SkusAndProducts,
        Crashes = 1,
        Faults = 1,
        AtEachStep = OneAtMost,
        AtEnd = end =>
        {
            // One of the two products is there, also when its own writer did not live to see it; a client that asks again hears of it.
            var present = Assert.Single(Present(end));
            Assert.Equal(present == "p" ? "added sku-taken sku-taken" : "sku-taken added sku-taken", end.Result);
            foreach (var (name, result) in end.Results) Assert.Contains(result, new[] { null, name == present ? "added" : "sku-taken" });
        },
    });

    [Fact]
    public void A_removed_product_frees_its_SKU_for_exactly_one_of_two_in_every_interleaving() => Explore(atLeast: 10_000, new()
    {
        Before = Adds("o"),
        Processes = [Adds("p"), Adds("q"), Removes("o")],
        After = new("after", world => Add(world, "r", Sku)),
        About = SkusAndProducts,
        AtEachStep = OneAtMost,
        AtEnd = end =>
        {
            Assert.Equal("removed", end.Results["remover"]);
            // Both may have come too early; never do both get it.
            Assert.Equal(end.Results.Values.Contains("added") ? "sku-taken" : "added", end.Result);
            Assert.Single(Present(end));
        },
    });

    [Fact]
    public void A_reservation_made_with_a_key_that_was_used_again_for_another_SKU_does_not_hold_it_for_ever()
    {
        var seen = new HashSet<string>();
        Explore(atLeast: 3, new()
        {
            Processes = [Adds("p")],
            // Its client uses the key, and so the product's id, again for something else; others ask for the first SKU; it asks for that again.
            After = new("after", async world =>
                $"{await Add(world, "p", "other")} {await Add(world, "q", Sku)} {await Add(world, "r", Sku)} {await Add(world, "p", Sku)}"),
            About = SkusAndProducts,
            Crashes = 1,
            AtEnd = end =>
            {
                seen.Add(end.Result);
                Assert.Single(Present(end));
            },
        });
        // It came to its product before it died, or only to its reservation, or not even that.
        Assert.Equal(["added added sku-taken idempotency-key-reused", "idempotency-key-reused sku-taken sku-taken added"], seen.Order());
    }

    void Explore(double atLeast, Exploration exploration)
    {
        var explored = exploration.Run();
        output.WriteLine(explored.ToString());
        Assert.True(explored.Runs >= atLeast, $"Only {explored}");
    }

    // Who takes part

    static ExploredProcess Adds(string name) => new(name, world => Add(world, name, Sku));

    static ExploredProcess Removes(string id) => new("remover", async world =>
        (await Service(world, "remover").Documents<Product>().Change(id, Command.Internal("test", default), product => product.Remove())).Refusal?.Code ?? "removed");

    static readonly ExploredProcess ClientsAskAgain = new("after", async world =>
        $"{await Add(world, "p", Sku)} {await Add(world, "q", Sku)} {await Add(world, "r", Sku)}");

    /// <summary>Adds a product as a client with an Idempotency-Key does, in a process that has just begun.</summary>
    static async Task<string> Add(World world, string id, string sku)
    {
        var command = new Command { Id = $"key-of-{id}", Remembered = true, BodyHash = id + sku, Correlation = "test" };
        var outcome = await Service(world, id).Get<SkuReservations>().Add(new ProductAdded(id, Store, id, "", sku, 1m), command);
        return outcome.Refusal?.Code ?? "added";
    }

    static KitCore Service(World world, string replica) => new(world, replica, service =>
    {
        service.Aggregate<Product>();
        service.Services.AddSingleton<SkuReservations>();
    });

    // What must hold

    static readonly Func<string, bool> SkusAndProducts = key =>
        key.StartsWith("sku.", StringComparison.Ordinal) || key.StartsWith("product.", StringComparison.Ordinal);

    static void OneAtMost(Moment moment) => Assert.InRange(Present(moment).Count, 0, 1);

    /// <summary>The present products of the store with the SKU, whatever reservations say.</summary>
    static List<string> Present(Moment moment) =>
        [.. moment.Keys.Where(key => key.StartsWith("product.", StringComparison.Ordinal)).Select(key => moment.Read<Kept>(key)!.State)
            .Where(product => product is { Removed: false, StoreId: Store, Sku: Sku }).Select(product => product!.ProductId)];

    sealed record Kept(Product? State);
}

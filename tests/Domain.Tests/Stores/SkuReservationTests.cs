using System.Collections.Concurrent;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Hosting;
using MallBots.ServiceKit.State;
using MallBots.Stores.Domain;
using MallBots.Stores.Reservations;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static MallBots.Domain.Tests.Stores.SteppedStore;

namespace MallBots.Domain.Tests.Stores;

/// <summary>
/// The SKU of a store is unique at every moment, in every interleaving of replicas that add, remove, crash and get wrong answers, and nobody waits for
/// a reservation that nobody carries out. Specification 3, stores.
/// </summary>
public sealed class SkuReservationTests : IAsyncLifetime
{
    const string Store = "s-1";
    readonly SteppedStore store = new();
    readonly List<WebApplication> replicas = [];
    int runs;

    public ValueTask InitializeAsync()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            replicas.Add(MallService.Build(
                MallBots.Stores.Program.Service, [],
                new Dictionary<string, string?> { ["APP_API_TOKEN"] = "secret", ["Replica:Name"] = name },
                services => services.AddSingleton<IStateStore>(store)));
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in replicas) await replica.DisposeAsync();
    }

    [Fact]
    public async Task Of_two_at_once_exactly_one_wins_in_every_interleaving()
    {
        var schedules = await Every(async schedule =>
        {
            var sku = NewSku();
            var results = await Run(schedule, sku, [Adds(0, "p", sku), Adds(1, "q", sku)]);
            Assert.Equal(["added", "sku-taken"], results.Values.Order());
            Assert.Equal(results.Single(result => result.Value == "added").Key, Assert.Single(store.Present(Store, sku))[..1]);
        });
        Assert.True(schedules > 100, $"Only {schedules} interleavings");
    }

    [Fact]
    public async Task A_reservation_whose_writer_died_is_carried_out_by_whoever_meets_it_in_every_interleaving()
    {
        var schedules = await Every(async schedule =>
        {
            var sku = NewSku();
            var results = await Run(schedule, sku, [Adds(0, "p", sku), Adds(1, "q", sku)], mayCrash: "p");
            // One of the two products is there, also when its own writer did not live to see it.
            var present = Assert.Single(store.Present(Store, sku))[..1];
            Assert.Equal(present == "q" ? "added" : "sku-taken", results["q"]);
            // The client of the dead one repeats its request: it gets its own product, or the SKU is the other's.
            Assert.Equal(present == "p" ? "added" : "sku-taken", await Add(2, "p", sku));
            Assert.Equal("sku-taken", await Add(2, "r", sku));
            Assert.Single(store.Present(Store, sku));
        });
        Assert.True(schedules > 500, $"Only {schedules} interleavings");
    }

    [Fact]
    public async Task A_save_that_is_carried_out_and_answered_with_an_error_changes_nothing_of_it()
    {
        await Every(async schedule =>
        {
            var sku = NewSku();
            var results = await Run(schedule, sku, [Adds(0, "p", sku), Adds(1, "q", sku)], mayLie: "p", interleave: false);
            Assert.Equal(["added", "sku-taken"], results.Values.Order());
            Assert.Single(store.Present(Store, sku));
        });
    }

    [Fact]
    public async Task A_removed_product_frees_its_SKU_for_exactly_one_of_two()
    {
        var random = new Random(7);
        for (var run = 0; run < 500; run++)
        {
            var sku = NewSku();
            Assert.Equal("added", await Add(2, "o", sku));
            Assert.Equal(["o" + sku], store.Present(Store, sku));
            var results = await Run(
                new Schedule(count => random.Next(count)), sku,
                [Adds(0, "p", sku), Adds(1, "q", sku), ("o", async () =>
                {
                    var outcome = await Products(2).Change("o" + sku, Command.Internal("test", default), product => product.Remove());
                    return outcome.IsRefused ? outcome.Refusal!.Code : "removed";
                })]);
            Assert.Equal("removed", results["o"]);
            // Both may have come too early; never do both get it.
            Assert.Equal(results.Count(result => result.Value == "added"), store.Present(Store, sku).Count);
            var after = await Add(2, "r", sku);
            Assert.Equal(results.Values.Contains("added") ? "sku-taken" : "added", after);
            Assert.Single(store.Present(Store, sku));
        }
    }

    [Fact]
    public async Task A_reservation_made_with_a_key_that_was_used_again_for_another_SKU_does_not_hold_it_for_ever()
    {
        var (first, second) = (NewSku(), NewSku());
        // The process ends right after its reservation was written (read product, read and write reservation, then the end).
        var turns = 0;
        await Run(new Schedule(_ => turns++ < 3 ? 0 : 1), first, [Adds(0, "p", first, id: "p-1")], mayCrash: "p");
        Assert.Empty(store.Present(Store, first));
        // Its client uses the key, and so the product's id, again for something else.
        Assert.Equal("added", await Add(1, "p", second, id: "p-1"));
        Assert.Equal("added", await Add(2, "q", first));
        Assert.Equal("sku-taken", await Add(2, "r", first));
        Assert.Equal("idempotency-key-reused", await Add(0, "p", first, id: "p-1"));
        Assert.Equal(["q" + first], store.Present(Store, first));
        Assert.Equal(["p-1"], store.Present(Store, second));
    }

    // Actors

    (string Name, Func<Task<string>> Work) Adds(int replica, string name, string sku, string? id = null) => (name, () => Add(replica, name, sku, id));

    /// <summary>Adds a product as a client with an Idempotency-Key does.</summary>
    async Task<string> Add(int replica, string name, string sku, string? id = null)
    {
        var productId = id ?? name + sku;
        var command = new Command { Id = $"key-of-{productId}", Remembered = true, BodyHash = name + sku, Correlation = "test" };
        var outcome = await replicas[replica].Services.GetRequiredService<SkuReservations>().Add(new ProductAdded(productId, Store, name, "", sku, 1m), command);
        return outcome.Refusal?.Code ?? "added";
    }

    Documents<Product> Products(int replica) => replicas[replica].Services.GetRequiredService<Documents<Product>>();

    string NewSku() => $"sku{Interlocked.Increment(ref runs)}";

    // Schedules

    /// <summary>Runs actors one step at a time, as the schedule chooses; the SKU is unique after each step.</summary>
    /// <returns>What came of each actor that lived.</returns>
    async Task<IReadOnlyDictionary<string, string>> Run(
        Schedule schedule, string sku, (string Name, Func<Task<string>> Work)[] work, string? mayCrash = null, string? mayLie = null, bool interleave = true)
    {
        ConcurrentDictionary<string, string> results = new();
        List<Actor> actors = [];
        foreach (var (name, run) in work)
        {
            var actor = new Actor(name);
            actors.Add(actor);
            await actor.Begin(async () => results[name] = await run());
        }

        var (crashed, lied) = (false, false);
        while (actors.Where(actor => !actor.Done.IsCompleted).ToList() is { Count: > 0 } live)
        {
            if (!interleave) live = live[..1];
            List<(Actor Actor, Turn Turn)> choices = [.. live.Select(actor => (actor, Turn.Go))];
            if (!crashed) choices.AddRange(live.Where(actor => actor.Name == mayCrash).Select(actor => (actor, Turn.Crash)));
            if (!lied) choices.AddRange(live.Where(actor => actor.Name == mayLie).Select(actor => (actor, Turn.Lie)));
            var (next, turn) = choices[schedule.Choose(choices.Count)];
            crashed |= turn == Turn.Crash;
            lied |= turn == Turn.Lie;
            await next.Go(turn);
            Assert.True(store.Present(Store, sku).Count <= 1, $"Two products have the SKU after {next.Name}.");
        }

        return results;
    }

    /// <summary>Runs every schedule there is, depth first.</summary>
    /// <returns>How many there are.</returns>
    static async Task<int> Every(Func<Schedule, Task> run)
    {
        List<(int Chosen, int Count)> path = [];
        for (var schedules = 1; ; schedules++)
        {
            var step = 0;
            await run(new Schedule(count =>
            {
                if (step == path.Count) path.Add((0, count));
                return path[step++].Chosen;
            }));
            while (path.Count > 0 && path[^1].Chosen == path[^1].Count - 1) path.RemoveAt(path.Count - 1);
            if (path.Count == 0) return schedules;
            path[^1] = (path[^1].Chosen + 1, path[^1].Count);
        }
    }

    sealed record Schedule(Func<int, int> Choose);
}

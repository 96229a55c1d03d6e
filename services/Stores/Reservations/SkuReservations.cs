using MallBots.ServiceKit;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Domain;
using MallBots.ServiceKit.State;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Reservations;

/// <summary>
/// A SKU is unique among the present products of its store, though each product is a document of its own (specification 3, stores). The reservation
/// is written first and decides; it is never taken back and has no time-out. Whoever meets one first carries out what it is for, and then knows:
/// the product is there (the SKU is taken), or it was removed (the reservation may be replaced).
/// </summary>
public sealed class SkuReservations(IStateStore store, Documents<Product> products)
{
    const int Attempts = 10;

    /// <summary>Adds a product under a SKU that is free; <c>sku-taken</c> when a present product of the store has it.</summary>
    /// <exception cref="UnavailableException">The store did not answer. The SKU may be reserved; then the product is added by whoever meets the reservation.</exception>
    /// <exception cref="BusyException">Too many conflicts.</exception>
    public async Task<Outcome<Product>> Add(ProductAdded product, Command command)
    {
        // A repetition finds its own product, whatever became of it, and If-Match is judged, before anything is reserved.
        var known = await products.Put(product.ProductId, command, found => found is null ? NotAdded : Decision.Nothing);
        if (known.Refusal != NotAdded) return known;

        var mine = new SkuReservation(product, ReservedCommand.Of(command));
        return await Reserve(mine, command.Aborted) is { } taken ? taken : await CarryOut(mine, command.Aborted);
    }

    /// <summary>Writes the reservation; a refusal when the SKU is another product's. After null it is certain that the reservation stands, or stood.</summary>
    async Task<Refusal?> Reserve(SkuReservation mine, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var stored = await store.Get(mine.Key, cancel);
            if (stored is { } found)
            {
                var met = KitJson.Read<SkuReservation>(found.Value);
                await CarryOut(met, cancel);
                if (met.Product.ProductId == mine.Product.ProductId) return null;
                if (await Holds(met, cancel)) return ProductRefusals.SkuTaken.Because($"The store has a product with the SKU {mine.Product.Sku}.");
            }

            // Only a yes is certain: after a no the key is read again (fact S11).
            if (await store.Save(mine.Key, KitJson.Write(mine), stored?.ETag, CancellationToken.None)) return null;
        }

        throw new BusyException($"Too many conflicts on the SKU {mine.Product.Sku}.");
    }

    /// <summary>Adds the product that a reservation is for: the same id and content, so it is harmless twice.</summary>
    Task<Outcome<Product>> CarryOut(SkuReservation reservation, CancellationToken cancel) => products.Put(
        reservation.Product.ProductId, reservation.Command.Again(cancel), product => product is null ? reservation.Product : Decision.Nothing);

    /// <summary>
    /// True while the product that a reservation is for is present. It is not when it was removed, or when its Idempotency-Key was used again for a
    /// product with another SKU, which came first. Neither ever changes back, so such a reservation may be replaced.
    /// </summary>
    async Task<bool> Holds(SkuReservation reservation, CancellationToken cancel) =>
        await products.Find(reservation.Product.ProductId, cancel) is { State: { Removed: false } product }
        && (product.StoreId, product.Sku) == (reservation.Product.StoreId, reservation.Product.Sku);

    /// <summary>Never leaves this class: there is no such product yet.</summary>
    static readonly Refusal NotAdded = ProductRefusals.Unknown.Because("It is not added yet.");
}

using System.Security.Cryptography;
using System.Text;
using MallBots.ServiceKit.Documents;
using MallBots.Stores.Domain;

namespace MallBots.Stores.Reservations;

/// <summary>
/// Who a SKU of a store is for: the product's id and the whole command that adds it, so that whoever meets the reservation can carry the command out
/// (specification 3, stores).
/// </summary>
/// <param name="Product">The product as it is added.</param>
/// <param name="Command">The command that adds it.</param>
public sealed record SkuReservation(ProductAdded Product, ReservedCommand Command)
{
    /// <summary>The reservation's key in the state store. The SKU is hashed since it may hold any character; upper and lower case differ.</summary>
    public string Key => $"sku.{Product.StoreId}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Product.Sku)).AsSpan(0, 16))}";
}

/// <summary>What of a <see cref="Command"/> has to be the same when somebody else carries it out.</summary>
/// <param name="Id">Its id: carried out twice, the second time changes nothing.</param>
/// <param name="Remembered">Whether it has an Idempotency-Key.</param>
/// <param name="BodyHash">Hash of the request.</param>
/// <param name="Correlation">The flow that it belongs to.</param>
/// <param name="Causation">The message that led to it.</param>
public sealed record ReservedCommand(string Id, bool Remembered, string BodyHash, string Correlation, string? Causation)
{
    /// <summary>Keeps a command.</summary>
    public static ReservedCommand Of(Command command) => new(command.Id, command.Remembered, command.BodyHash, command.Correlation, command.Causation);

    /// <summary>The command again.</summary>
    /// <param name="cancel">Ends the work.</param>
    public Command Again(CancellationToken cancel) => new()
    {
        Id = Id,
        Remembered = Remembered,
        BodyHash = BodyHash,
        Correlation = Correlation,
        Causation = Causation,
        Aborted = cancel,
    };
}

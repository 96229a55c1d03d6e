namespace MallBots.Baskets.Domain;

/// <summary>A product as the mall offers it now.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="StoreId">Its store.</param>
/// <param name="StoreName">The store's name.</param>
/// <param name="ProductName">The product's name.</param>
/// <param name="Price">Price of one unit.</param>
/// <param name="Removed">True when it left the catalogue.</param>
/// <param name="StoreParticipating">True when its store takes part.</param>
public sealed record Offer(string ProductId, string StoreId, string StoreName, string ProductName, decimal Price, bool Removed, bool StoreParticipating);

namespace MallBots.Contracts;

/// <summary>A store of the mall.</summary>
/// <param name="StoreId">Its id.</param>
/// <param name="Name">Its name, 1 to 200 characters.</param>
/// <param name="Location">Where it is on the mall's floor plan.</param>
/// <param name="Participating">True when its products can be put into baskets.</param>
public sealed record StoreResource(string StoreId, string Name, string Location, bool Participating);

/// <summary>A product of a store.</summary>
/// <param name="ProductId">Its id.</param>
/// <param name="StoreId">The store that sells it.</param>
/// <param name="Name">Its name, 1 to 200 characters.</param>
/// <param name="Description">Its description, up to 2,000 characters.</param>
/// <param name="Sku">The store's own number of it, unique among the store's present products.</param>
/// <param name="Price">Price of one unit in the mall's currency.</param>
/// <param name="Currency">The mall's currency.</param>
/// <param name="Removed">True when it left the catalogue for good.</param>
public sealed record ProductResource(
    string ProductId, string StoreId, string Name, string Description, string Sku, decimal Price, string Currency, bool Removed);

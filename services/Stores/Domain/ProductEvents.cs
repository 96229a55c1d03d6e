using MallBots.ServiceKit.Domain;

namespace MallBots.Stores.Domain;

/// <summary>A product joined the catalogue.</summary>
[Published("product-added")]
public sealed record ProductAdded(string ProductId, string StoreId, string Name, string Description, string Sku, decimal Price) : DomainEvent;

/// <summary>The product has another name or description.</summary>
[Published("product-rebranded")]
public sealed record ProductRebranded(string Name, string Description) : DomainEvent;

/// <summary>The product costs more.</summary>
[Published("product-price-increased")]
public sealed record ProductPriceIncreased(decimal OldPrice, decimal NewPrice) : DomainEvent;

/// <summary>The product costs less.</summary>
[Published("product-price-decreased")]
public sealed record ProductPriceDecreased(decimal OldPrice, decimal NewPrice) : DomainEvent;

/// <summary>The product left the catalogue for good.</summary>
[Published("product-removed")]
public sealed record ProductRemoved : DomainEvent;

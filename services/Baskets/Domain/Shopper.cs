namespace MallBots.Baskets.Domain;

/// <summary>What baskets have to know of a customer.</summary>
/// <param name="Enabled">False when the customer may not shop.</param>
public sealed record Shopper(bool Enabled);

namespace MallBots.Contracts;

/// <summary>What a shopping list can be.</summary>
public enum ShoppingListStatus
{
    /// <summary>Made, but its order is not approved yet.</summary>
    Pending,

    /// <summary>Waits for a bot.</summary>
    Available,

    /// <summary>A bot has it.</summary>
    Assigned,

    /// <summary>The bot has picked something.</summary>
    Active,

    /// <summary>Brought to the depot.</summary>
    Completed,

    /// <summary>Given up.</summary>
    Canceled,
}

/// <summary>What a bot can be.</summary>
public enum BotStatus
{
    /// <summary>Takes no lists.</summary>
    Offline,

    /// <summary>Waits for a list.</summary>
    Idle,

    /// <summary>Works on one.</summary>
    Active,
}

/// <summary>A list of what a bot collects for one order.</summary>
/// <param name="ShoppingListId">Its id, that of the order.</param>
/// <param name="OrderId">The order.</param>
/// <param name="Status">What it is now.</param>
/// <param name="Attempt">Counts how often it was given to the bots, from 1.</param>
/// <param name="BotId">The bot that has it.</param>
/// <param name="Stops">The stores to visit.</param>
public sealed record ShoppingListResource(
    string ShoppingListId, string OrderId, ShoppingListStatus Status, int Attempt, string? BotId, IReadOnlyList<ShoppingStop> Stops);

/// <summary>A store on a bot's way.</summary>
/// <param name="StoreId">The store.</param>
/// <param name="StoreName">Its name.</param>
/// <param name="Location">Where it is.</param>
/// <param name="Items">What to collect there.</param>
public sealed record ShoppingStop(string StoreId, string StoreName, string Location, IReadOnlyList<ShoppingItem> Items);

/// <summary>A product to collect.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="ProductName">Its name.</param>
/// <param name="Quantity">Units asked for.</param>
/// <param name="Picked">Units collected so far.</param>
public sealed record ShoppingItem(string ProductId, string ProductName, int Quantity, int Picked);

/// <summary>A robot.</summary>
/// <param name="BotId">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Status">What it is doing.</param>
/// <param name="ShoppingListId">The list it works on.</param>
/// <param name="At">The store it stands at, or <c>depot</c>.</param>
public sealed record BotResource(string BotId, string Name, BotStatus Status, string? ShoppingListId, string At);

/// <summary>A product and how much of it, in create-shopping-list.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="StoreId">Its store.</param>
/// <param name="Quantity">Units.</param>
public sealed record ItemToCollect(string ProductId, string StoreId, int Quantity);

/// <summary>Makes the shopping list of an order. Refused <c>product-unavailable</c>, <c>shopping-list-canceled</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Items">What to collect.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record CreateShoppingList(string OrderId, IReadOnlyList<ItemToCollect> Items, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Depot;

    /// <inheritdoc/>
    public static string Route => "create-shopping-list";
}

/// <summary>Gives an order's list to the bots. Refused <c>shopping-list-canceled</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record InitiateShopping(string OrderId, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Depot;

    /// <inheritdoc/>
    public static string Route => "initiate-shopping";
}

/// <summary>Cancels an order's list, also one that may still be created. Refused <c>shopping-already-started</c>.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="WorkflowId">Instance id of the sender.</param>
/// <param name="Step">Step of the sender.</param>
public sealed record CancelShoppingList(string OrderId, string WorkflowId, string Step) : IInternalCommand
{
    /// <inheritdoc/>
    public static string App => Apps.Depot;

    /// <inheritdoc/>
    public static string Route => "cancel-shopping-list";
}

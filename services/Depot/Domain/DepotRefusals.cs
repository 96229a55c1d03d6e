using MallBots.ServiceKit.Domain;

namespace MallBots.Depot.Domain;

/// <summary>What this service refuses.</summary>
public static class DepotRefusals
{
    /// <summary>There is no such shopping list.</summary>
    public static readonly RefusalKind ListUnknown = new("shopping-list-unknown", 404, "There is no such shopping-list") { RetryAfter = 1 };

    /// <summary>There is no such bot.</summary>
    public static readonly RefusalKind BotUnknown = new("bot-unknown", 404, "There is no such bot");

    /// <summary>The list does not wait for a bot.</summary>
    public static readonly RefusalKind NotAvailable = new("list-not-available", 409, "The shopping list does not wait for a bot");

    /// <summary>The bot has a list, or is offline.</summary>
    public static readonly RefusalKind NotIdle = new("bot-not-idle", 409, "The bot is not idle");

    /// <summary>More than the list asks for.</summary>
    public static readonly RefusalKind PickTooMany = new("pick-too-many", 409, "More than the list asks for");

    /// <summary>The bot is not at work on this list.</summary>
    public static readonly RefusalKind NotYourList = new("not-your-list", 409, "The bot is not at work on this list");

    /// <summary>A product or its store is unknown or removed (to create-shopping-list).</summary>
    public static readonly RefusalKind ProductUnavailable = new("product-unavailable", 409, "A product can't be had");

    /// <summary>The list was canceled (to create-shopping-list and initiate-shopping).</summary>
    public static readonly RefusalKind ListCanceled = new("shopping-list-canceled", 409, "The shopping list was canceled");

    /// <summary>A bot has had the list (to cancel-shopping-list).</summary>
    public static readonly RefusalKind AlreadyStarted = new("shopping-already-started", 409, "A bot has had the shopping list");
}

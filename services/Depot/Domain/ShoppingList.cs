using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Depot.Domain;

/// <summary>What a bot collects for one order. Specification 3, depot.</summary>
/// <param name="OrderId">The order; also the list's id.</param>
/// <param name="Status">What it is now.</param>
/// <param name="Attempt">How often it was given to the bots, from 1.</param>
/// <param name="BotId">The bot that has it, or brought it.</param>
/// <param name="Stops">The stores to visit, with what to collect there.</param>
/// <param name="Started">True once a bot has had it, also after it was taken back: from then on it can't be canceled.</param>
/// <param name="AvailableSince">When it became available first; the longest waiting list is taken first.</param>
/// <param name="ProgressAt">When its bot did something last: took it, picked something.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record ShoppingList(
    string OrderId, ShoppingListStatus Status, int Attempt, string? BotId, IReadOnlyList<ShoppingStop> Stops,
    bool Started, DateTimeOffset? AvailableSince, DateTimeOffset? ProgressAt, DateTimeOffset CreatedAt) : IAggregate<ShoppingList>
{
    /// <summary>The small set of the lists that wait for a bot.</summary>
    public const string AvailableSet = "available";

    /// <inheritdoc/>
    public static Topic Topic => Topics.ShoppingList;

    /// <inheritdoc/>
    public static int? RetryAfter => 1;

    IEnumerable<string> IAggregate<ShoppingList>.Sets => Status == ShoppingListStatus.Available ? [AvailableSet] : [];

    /// <summary>Makes the list of an order; again: the same list. One that was canceled before it was made stays canceled.</summary>
    public static Decision Create(ShoppingList? list, string orderId, IReadOnlyList<ShoppingStop> stops) => list switch
    {
        null => new ShoppingListCreated(orderId, stops),
        { Status: ShoppingListStatus.Canceled } => Canceled(orderId),
        _ => Decision.Nothing,
    };

    /// <summary>Gives the list to the bots; again, also later in its life: nothing is left to do.</summary>
    public static Decision Initiate(ShoppingList? list, string orderId) => list?.Status switch
    {
        null => DepotRefusals.ListCanceled.Because($"There is no shopping list of the order {orderId}."),
        ShoppingListStatus.Canceled => Canceled(orderId),
        ShoppingListStatus.Pending => new ShoppingListInitiated(),
        _ => Decision.Nothing,
    };

    /// <summary>Cancels the list until a bot has it for the first time. Where there is none yet, a canceled one is kept for a create that arrives late.</summary>
    public static Decision Cancel(ShoppingList? list, string orderId) => list switch
    {
        null => new ShoppingListCanceled(orderId),
        { Status: ShoppingListStatus.Canceled } => Decision.Nothing,
        { Started: true } => DepotRefusals.AlreadyStarted.Because($"A bot has had the shopping list of the order {orderId}."),
        _ => new ShoppingListCanceled(orderId),
    };

    /// <summary>Could a bot take it now? Changes nothing.</summary>
    public Decision CanBeTaken() => Status == ShoppingListStatus.Available ? Decision.Nothing : NotAvailable();

    /// <summary>Gives it to a bot that was reserved for this attempt. Of two at once exactly one wins.</summary>
    public Decision Assign(string botId, int attempt) =>
        Status == ShoppingListStatus.Available && Attempt == attempt ? new ShoppingListAssigned(botId, attempt) : NotAvailable();

    /// <summary>The bot has collected some units of a product. Never more than asked for.</summary>
    public Decision Pick(string botId, string storeId, string productId, int quantity)
    {
        if (!IsWorkedOnBy(botId)) return NotYours(botId);
        var item = Stops.FirstOrDefault(stop => stop.StoreId == storeId)?.Items.FirstOrDefault(item => item.ProductId == productId);
        if (item is null) return DepotRefusals.PickTooMany.Because($"The list asks for no {productId} of the store {storeId}.");
        if (item.Picked + quantity > item.Quantity)
            return DepotRefusals.PickTooMany.Because($"The list asks for {item.Quantity} of {item.ProductName}; {item.Picked} are picked already.");
        return new ItemPicked(storeId, productId, quantity);
    }

    /// <summary>A bot of this attempt collects all that is left at a store, by the rule of <see cref="Pick"/>.</summary>
    public Decision PickAllAt(string storeId, string botId, int attempt)
    {
        if (Attempt != attempt) return NotYours(botId);
        var left = Stops.Where(stop => stop.StoreId == storeId).SelectMany(stop => stop.Items).Where(item => item.Picked < item.Quantity);
        var picks = left.Select(item => Pick(botId, storeId, item.ProductId, item.Quantity - item.Picked)).ToList();
        return picks.Find(pick => pick.Refusal is not null) ?? Decision.Of([.. picks.SelectMany(pick => pick.Events)]);
    }

    /// <summary>The bot is back at the depot; what is not picked counts as missing, unless everything is there. Again by the same bot: as before.</summary>
    /// <param name="botId">The bot.</param>
    /// <param name="everything">True when all is there, whatever was picked singly.</param>
    /// <param name="attempt">The attempt that the bot works on; null from outside, where nobody knows it.</param>
    public Decision Complete(string botId, bool everything, int? attempt = null)
    {
        if (attempt is { } number && number != Attempt) return NotYours(botId);
        if (Status == ShoppingListStatus.Completed && BotId == botId) return Decision.Nothing;
        return IsWorkedOnBy(botId) ? new ShoppingListCompleted(everything) : NotYours(botId);
    }

    /// <summary>Takes the list back from a bot that makes no progress: available with the next attempt, picks stay. Nothing when the bot did move.</summary>
    /// <param name="botId">The bot that had it, or was reserved for it.</param>
    /// <param name="attempt">For which attempt.</param>
    /// <param name="progressAt">The bot's last progress, as whoever decided this saw it.</param>
    public Decision TakeBack(string botId, int attempt, DateTimeOffset? progressAt) =>
        MayBeWith(botId, attempt) && ProgressAt == progressAt ? new ShoppingListTakenBack(attempt + 1) : Decision.Nothing;

    /// <summary>True while the bot has it, or is reserved for an attempt at it that is still open. Once it was available and this is false, it stays false.</summary>
    public bool MayBeWith(string botId, int attempt) => Attempt == attempt && (Status == ShoppingListStatus.Available || IsWorkedOnBy(botId));

    /// <inheritdoc/>
    public static ShoppingList Evolve(ShoppingList? list, Happened happened) => happened.Event switch
    {
        ShoppingListCreated created => New(created.OrderId, ShoppingListStatus.Pending, created.Stops, happened.At),
        ShoppingListCanceled canceled when list is null => New(canceled.OrderId, ShoppingListStatus.Canceled, [], happened.At),
        ShoppingListCanceled => list! with { Status = ShoppingListStatus.Canceled },
        ShoppingListInitiated => list! with { Status = ShoppingListStatus.Available, AvailableSince = happened.At },
        ShoppingListAssigned assigned => list! with
        {
            Status = ShoppingListStatus.Assigned,
            BotId = assigned.BotId,
            Started = true,
            ProgressAt = happened.At,
        },
        ItemPicked picked => list! with { Status = ShoppingListStatus.Active, ProgressAt = happened.At, Stops = Picked(list.Stops, picked) },
        ShoppingListTakenBack back => list! with { Status = ShoppingListStatus.Available, Attempt = back.Attempt, BotId = null, ProgressAt = null },
        ShoppingListCompleted completed => list! with
        {
            Status = ShoppingListStatus.Completed,
            ProgressAt = happened.At,
            Stops = completed.Everything ? AllPicked(list.Stops) : list.Stops,
        },
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a shopping list."),
    };

    /// <inheritdoc/>
    public object ToPublic(string currency) => new ShoppingListResource(OrderId, OrderId, Status, Attempt, BotId, Stops);

    bool IsWorkedOnBy(string botId) => Status is ShoppingListStatus.Assigned or ShoppingListStatus.Active && BotId == botId;

    Refusal NotAvailable() => DepotRefusals.NotAvailable.Because($"The shopping list {OrderId} is {Status}.");

    Refusal NotYours(string botId) => DepotRefusals.NotYourList.Because($"The bot {botId} is not at work on the shopping list {OrderId}.");

    static Refusal Canceled(string orderId) => DepotRefusals.ListCanceled.Because($"The shopping list of the order {orderId} was canceled.");

    static ShoppingList New(string orderId, ShoppingListStatus status, IReadOnlyList<ShoppingStop> stops, DateTimeOffset at) =>
        new(orderId, status, Attempt: 1, BotId: null, stops, Started: false, AvailableSince: null, ProgressAt: null, CreatedAt: at);

    static List<ShoppingStop> Picked(IReadOnlyList<ShoppingStop> stops, ItemPicked picked) => Map(
        stops, (stop, item) => stop.StoreId == picked.StoreId && item.ProductId == picked.ProductId ? item with { Picked = item.Picked + picked.Quantity } : item);

    static List<ShoppingStop> AllPicked(IReadOnlyList<ShoppingStop> stops) => Map(stops, (_, item) => item with { Picked = item.Quantity });

    static List<ShoppingStop> Map(IReadOnlyList<ShoppingStop> stops, Func<ShoppingStop, ShoppingItem, ShoppingItem> map) =>
        [.. stops.Select(stop => stop with { Items = [.. stop.Items.Select(item => map(stop, item))] })];
}

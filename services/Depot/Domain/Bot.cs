using MallBots.Contracts;
using MallBots.ServiceKit.Domain;

namespace MallBots.Depot.Domain;

/// <summary>A robot. Specification 3, depot. It is reserved for a list before the list is given to it, and freed after the list has left it.</summary>
/// <param name="BotId">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Online">True when it takes lists.</param>
/// <param name="Reservation">What it is at work on, or was about to be when whoever reserved it stopped.</param>
/// <param name="At">The store it stands at, or the depot.</param>
public sealed record Bot(string BotId, string Name, bool Online, Reservation? Reservation, string At) : IAggregate<Bot>
{
    /// <summary>Where bots wait and bring things to.</summary>
    public const string Depot = "depot";

    /// <inheritdoc/>
    public static Topic Topic => Topics.Bot;

    /// <summary>A bot lives for years, round after round.</summary>
    public static int MostEvents => 40;

    /// <summary>A new bot, offline at first.</summary>
    public static Decision Register(string botId, string name) => new BotRegistered(botId, name);

    /// <summary>Takes lists from now on, or no more; a bot with a list can't go offline. Saying the same again changes nothing.</summary>
    public Decision SetOnline(bool online)
    {
        if (online == Online) return Decision.Nothing;
        if (online) return new BotCameOnline();
        return Reservation is null ? new BotWentOffline() : NotIdle();
    }

    /// <summary>Reserves it for an attempt at a list, if it is idle; again: nothing is left to do.</summary>
    /// <param name="list">The list.</param>
    /// <param name="attempt">The list's attempt.</param>
    /// <param name="driver">Who drives it, for a simulated bot: the service's replica.</param>
    public Decision Reserve(string list, int attempt, string? driver)
    {
        if (Reservation is { } reservation && reservation.IsFor(list, attempt)) return Decision.Nothing;
        if (!Online || Reservation is not null) return NotIdle();
        return driver is null ? new BotActivated(list, attempt) : Decision.Of(new BotActivated(list, attempt), new BotDriven(driver));
    }

    /// <summary>Frees it of an attempt at a list; nothing when that is not what it is at.</summary>
    public Decision Free(string list, int attempt) => Reservation?.IsFor(list, attempt) == true ? new BotIdled() : Decision.Nothing;

    /// <summary>It stands at a store of its list.</summary>
    public Decision ArriveAt(string storeId, string list) => Reservation?.List == list && At != storeId ? new BotArrived(storeId) : Decision.Nothing;

    /// <inheritdoc/>
    public static Bot Evolve(Bot? bot, Happened happened) => happened.Event switch
    {
        BotRegistered registered => new(registered.BotId, registered.Name, Online: false, Reservation: null, Depot),
        BotCameOnline => bot! with { Online = true },
        BotWentOffline => bot! with { Online = false },
        BotActivated activated => bot! with { Reservation = new(activated.ShoppingListId, activated.Attempt, happened.At) },
        BotDriven driven => bot! with { Reservation = bot.Reservation! with { Driver = driven.Driver } },
        BotArrived arrived => bot! with { At = arrived.StoreId },
        BotIdled => bot! with { Reservation = null, At = Depot },
        var other => throw new InvalidOperationException($"{other.GetType().Name} is no event of a bot."),
    };

    /// <inheritdoc/>
    public object ToPublic(string currency) => new BotResource(
        BotId, Name, Reservation is not null ? BotStatus.Active : Online ? BotStatus.Idle : BotStatus.Offline, Reservation?.List, At);

    Refusal NotIdle() => DepotRefusals.NotIdle.Because(
        Reservation is { } reservation ? $"The bot {BotId} has the shopping list {reservation.List}." : $"The bot {BotId} is offline.");
}

/// <summary>What a bot is reserved for.</summary>
/// <param name="List">The shopping list.</param>
/// <param name="Attempt">The list's attempt.</param>
/// <param name="At">Since when.</param>
/// <param name="Driver">The replica of this service that drives a simulated bot.</param>
public sealed record Reservation(string List, int Attempt, DateTimeOffset At, string? Driver = null)
{
    /// <summary>True when it is for this attempt at this list.</summary>
    public bool IsFor(string list, int attempt) => List == list && Attempt == attempt;
}

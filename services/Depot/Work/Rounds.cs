using MallBots.Depot.Domain;
using MallBots.ServiceKit.Documents;

namespace MallBots.Depot.Work;

/// <summary>
/// A bot's round with a list: a rule over two documents (specification 3, depot). The bot is reserved first, then the list decides; the list leaves
/// the bot first, then the bot is freed. So whoever meets a reservation without its list knows what to do, and nothing is rolled back by time alone:
/// a reservation that may still lead to its list is freed only after the list went on to its next attempt.
/// </summary>
sealed class Rounds(Documents<ShoppingList> lists, Documents<Bot> bots, WaitingLists waiting)
{
    /// <summary>Gives an available list to an idle bot.</summary>
    public async Task<Outcome<ShoppingList>> Assign(string listId, string botId, Command command)
    {
        int? attempt = null;
        var seen = await lists.Change(listId, command, list =>
        {
            attempt = list.Attempt;
            return list.CanBeTaken();
        });
        // Refused, or a repetition that the list remembers: it did not ask the rule.
        return seen.IsRefused || attempt is null ? seen : await Take(listId, attempt.Value, botId, driver: null, command);
    }

    /// <summary>Gives this attempt at a list to an idle bot.</summary>
    public async Task<Outcome<ShoppingList>> Take(string listId, int attempt, string botId, string? driver, Command command)
    {
        var reserved = await Reserve();
        if (reserved.Refusal?.Kind == DepotRefusals.NotIdle && await FreeOfLostList(botId, command)) reserved = await Reserve();
        if (reserved.Refusal is { } refusal) return refusal;

        var assigned = await lists.Change(listId, command, list => list.Assign(botId, attempt));
        if (assigned.IsRefused) await FreeOfLostList(botId, command);
        return assigned;

        // No part of the command's memory: after a crash the reservation may have been freed, and is decided anew.
        Task<Outcome<Bot>> Reserve() => bots.Change(botId, Own(command), bot => bot.Reserve(listId, attempt, driver));
    }

    /// <summary>Notes that a bot has collected something, and where it stands.</summary>
    public async Task<Outcome<ShoppingList>> Pick(string listId, string botId, string storeId, string productId, int quantity, Command command)
    {
        var picked = await lists.Change(listId, command, list => list.Pick(botId, storeId, productId, quantity));
        if (!picked.IsRefused) await bots.Change(botId, Own(command), bot => bot.ArriveAt(storeId, listId));
        return picked;
    }

    /// <summary>The bot is back with the list, and free for the next.</summary>
    public async Task<Outcome<ShoppingList>> Complete(string listId, string botId, bool everything, Command command, int? attempt = null)
    {
        var completed = await lists.Change(listId, command, list => list.Complete(botId, everything, attempt));
        if (!completed.IsRefused) await Free(botId, listId, completed.Value.Attempt, command);
        return completed;
    }

    /// <summary>Lets a bot take lists, or not.</summary>
    public async Task<Outcome<Bot>> SetOnline(string botId, bool online, Command command)
    {
        var outcome = await bots.Change(botId, command, bot => bot.SetOnline(online));
        return outcome.Refusal?.Kind == DepotRefusals.NotIdle && await FreeOfLostList(botId, command)
            ? await bots.Change(botId, command with { IfMatch = null }, bot => bot.SetOnline(online))
            : outcome;
    }

    /// <summary>Frees a bot whose reservation can't lead to its list any more. True when it was one.</summary>
    public async Task<bool> FreeOfLostList(string botId, Command command)
    {
        if ((await bots.Find(botId, command.Aborted)).State?.Reservation is not { } reservation) return false;
        if ((await lists.Find(reservation.List, command.Aborted)).State is not { } list || list.MayBeWith(botId, reservation.Attempt)) return false;
        await Free(botId, reservation.List, reservation.Attempt, command);
        return true;
    }

    /// <summary>Takes the list of a bot back when this is wanted, and frees the bot once its reservation can't lead to the list any more.</summary>
    /// <param name="bot">The bot as it was seen.</param>
    /// <param name="when">Whether to take the list back, by its reservation and the time of its last progress.</param>
    /// <param name="command">What it belongs to.</param>
    public async Task TakeBack(Bot bot, Func<Reservation, DateTimeOffset, bool> when, Command command)
    {
        if (bot.Reservation is not { } reservation || (await lists.Find(reservation.List, command.Aborted)).State is not { } list) return;
        if (list.MayBeWith(bot.BotId, reservation.Attempt))
        {
            if (!when(reservation, list.ProgressAt ?? reservation.At)) return;
            var back = await lists.Change(reservation.List, Own(command), now => now.TakeBack(bot.BotId, reservation.Attempt, list.ProgressAt));
            if (back.Value.MayBeWith(bot.BotId, reservation.Attempt)) return; // It moved after all.
            waiting.Announce(back.Value);
        }

        await Free(bot.BotId, reservation.List, reservation.Attempt, command);
    }

    Task Free(string botId, string listId, int attempt, Command command) => bots.Change(botId, Own(command), bot => bot.Free(listId, attempt));

    static Command Own(Command command) => Command.Internal(command.Correlation, command.Aborted) with { Causation = command.Id };
}

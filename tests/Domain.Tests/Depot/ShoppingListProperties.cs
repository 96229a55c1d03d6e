using FsCheck.Xunit;
using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Domain;
using MallBots.TestKit;

namespace MallBots.Domain.Tests.Depot;

/// <summary>What holds for a list after whatever commands, in whatever order.</summary>
public sealed class ShoppingListProperties
{
    static readonly IReadOnlyList<ShoppingStop> Stops = [new("s", "Store", "Level 1, A-03", [new("a", "A", 3, 0), new("b", "B", 1, 0)])];

    [Property(MaxTest = 500)]
    public bool Never_more_is_picked_than_asked_for_and_a_started_list_is_never_canceled((byte Command, byte Bot, byte Quantity)[] commands)
    {
        ShoppingList? list = null;
        var version = 0;
        foreach (var (command, number, quantity) in commands)
        {
            var before = list;
            var bot = $"bot-{number % 2}";
            var decision = list is null && command % 9 > 2 ? Decision.Nothing : (command % 9) switch
            {
                0 => ShoppingList.Create(list, "o", Stops),
                1 => ShoppingList.Initiate(list, "o"),
                2 => quantity % 4 == 0 ? ShoppingList.Cancel(list, "o") : Decision.Nothing,
                3 or 4 => list!.Assign(bot, list.Attempt - quantity % 2),
                5 => list!.Pick(bot, "s", quantity % 2 == 0 ? "a" : "b", quantity % 4 + 1),
                6 => list!.PickAllAt("s", bot, list.Attempt),
                7 => list!.TakeBack(bot, list.Attempt, list.ProgressAt),
                _ => list!.Complete(bot, everything: quantity % 2 == 0),
            };
            foreach (var happened in decision.Events) list = ShoppingList.Evolve(list, new Happened(happened, ++version, Spec.Start.AddMinutes(version)));
            if (list is null) continue;

            var picksFit = list.Stops.SelectMany(stop => stop.Items).All(item => item.Picked >= 0 && item.Picked <= item.Quantity);
            var withBot = list.Status is ShoppingListStatus.Assigned or ShoppingListStatus.Active or ShoppingListStatus.Completed == (list.BotId is not null);
            var startedStays = !(before is { Started: true }) || list.Started && list.Status != ShoppingListStatus.Canceled;
            var onward = before is null || list.Attempt >= before.Attempt;
            var endsStay = before?.Status is not (ShoppingListStatus.Canceled or ShoppingListStatus.Completed) || list.Status == before.Status;
            var lost = before is null or { AvailableSince: null } || before.MayBeWith(bot, before.Attempt) || !list.MayBeWith(bot, before.Attempt);
            if (!(picksFit && withBot && startedStays && onward && endsStay && lost)) return false;
        }

        return true;
    }
}

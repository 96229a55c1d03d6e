using MallBots.Contracts;

namespace MallBots.Local.Audit.Rules;

/// <summary>Rule 6: no bot has two lists, no list two bots.</summary>
static class BotsAndLists
{
    public static IEnumerable<Violation> Check(MallSnapshot mall)
    {
        var worked = mall.ShoppingLists.Where(list => list.Status is ShoppingListStatus.Assigned or ShoppingListStatus.Active).ToList();
        foreach (var bot in worked.GroupBy(list => list.BotId).Where(group => group.Count() > 1))
            yield return new(6, "a bot has more than one list", [bot.Key ?? "nobody", .. bot.Select(list => list.ShoppingListId)]);
        foreach (var list in mall.Bots.Where(bot => bot.ShoppingListId is not null).GroupBy(bot => bot.ShoppingListId!).Where(group => group.Count() > 1))
            yield return new(6, "a list has more than one bot", [list.Key, .. list.Select(bot => bot.BotId)]);

        var bots = mall.Bots.DistinctBy(bot => bot.BotId).ToDictionary(bot => bot.BotId);
        foreach (var list in worked.Where(list => list.BotId is null || bots.GetValueOrDefault(list.BotId)?.ShoppingListId != list.ShoppingListId))
            yield return Violation.Of(6, "a list is with a bot that does not have it", list.ShoppingListId, list.BotId ?? "nobody");
        var byId = worked.Select(list => list.ShoppingListId).ToHashSet();
        foreach (var bot in mall.Bots.Where(bot => bot.ShoppingListId is { } list && !byId.Contains(list)))
            yield return Violation.Of(6, "a bot has a list that nobody works at", bot.BotId, bot.ShoppingListId!);
    }
}

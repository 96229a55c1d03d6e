using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Gives an available list to an idle bot.</summary>
public static class AssignShoppingList
{
    /// <summary>Whom to give it to.</summary>
    /// <param name="BotId">The bot.</param>
    public sealed record Request([Id] string BotId);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/shopping-lists/{shoppingListId}/assign", async (string shoppingListId, Request request, Rounds rounds, Command command) =>
            await rounds.Assign(shoppingListId, request.BotId, command).Ok())
        .Summary("Gives an available list to an idle bot")
        .Describe("Of two at once exactly one wins. From then on the list can't be canceled.")
        .Example(new Request("bot-1"))
        .Answers<ShoppingListResource>()
        .Refuses(DepotRefusals.ListUnknown, DepotRefusals.BotUnknown, DepotRefusals.NotAvailable, DepotRefusals.NotIdle);
}

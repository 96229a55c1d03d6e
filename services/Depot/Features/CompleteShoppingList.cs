using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>A bot brings its list to the depot.</summary>
public static class CompleteShoppingList
{
    /// <summary>Who brings it.</summary>
    /// <param name="BotId">The bot that has the list.</param>
    /// <param name="Everything">True when all that the list asks for is there; else what was not picked counts as missing.</param>
    public sealed record Request([Id] string BotId, bool Everything = false);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/shopping-lists/{shoppingListId}/complete", async (string shoppingListId, Request request, Rounds rounds, Command command) =>
            await rounds.Complete(shoppingListId, request.BotId, request.Everything, command).Ok())
        .Summary("A bot brings its list to the depot")
        .Describe("What was not picked counts as missing, unless everything is there. Again by the same bot: as before.")
        .Example(new Request("bot-1", Everything: true))
        .Answers<ShoppingListResource>()
        .Refuses(DepotRefusals.ListUnknown, DepotRefusals.NotYourList);
}

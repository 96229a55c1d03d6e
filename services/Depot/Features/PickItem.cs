using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Notes that a bot has collected units of a product.</summary>
public static class PickItem
{
    /// <summary>What was collected.</summary>
    /// <param name="BotId">The bot that has the list.</param>
    /// <param name="StoreId">The store it stands at.</param>
    /// <param name="ProductId">The product.</param>
    /// <param name="Quantity">Units, 1 to 1,000; never more than the list asks for in all.</param>
    public sealed record Request([Id] string BotId, [Id] string StoreId, [Id] string ProductId, [Whole(1, 1000)] int Quantity);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/shopping-lists/{shoppingListId}/pick", async (string shoppingListId, Request request, Rounds rounds, Command command) =>
            await rounds.Pick(shoppingListId, request.BotId, request.StoreId, request.ProductId, request.Quantity, command).Ok())
        .Summary("Notes that a bot has collected units of a product")
        .Describe("The first pick makes the list active.")
        .Example(new Request("bot-1", "leaf-and-kettle", "darjeeling", 2))
        .Answers<ShoppingListResource>()
        .Refuses(DepotRefusals.ListUnknown, DepotRefusals.NotYourList, DepotRefusals.PickTooMany);
}

using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Shows a shopping list.</summary>
public static class GetShoppingList
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/shopping-lists/{shoppingListId}", (string shoppingListId, Documents<ShoppingList> lists, CancellationToken cancel) => lists.Get(shoppingListId, cancel).Ok())
        .Summary("Shows a shopping list, with what was picked so far")
        .Answers<ShoppingListResource>()
        .Versioned()
        .Refuses(DepotRefusals.ListUnknown);
}

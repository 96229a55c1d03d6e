using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Internal;

/// <summary>cancel-shopping-list: cancels an order's list until a bot has it, also one that may still be created. Sent by both workflows.</summary>
public static class CancelShoppingListCommand
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<CancelShoppingList>(async (sent, command, services) =>
        InternalApi.Answer(await services.GetRequiredService<Documents<ShoppingList>>().Put(sent.OrderId, command, list => ShoppingList.Cancel(list, sent.OrderId))));
}

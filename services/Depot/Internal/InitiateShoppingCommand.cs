using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Internal;

/// <summary>initiate-shopping: gives an order's list to the bots. Sent by the create-order workflow after the approval.</summary>
public static class InitiateShoppingCommand
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<InitiateShopping>(async (sent, command, services) =>
    {
        var outcome = await services.GetRequiredService<Documents<ShoppingList>>().Put(sent.OrderId, command, list => ShoppingList.Initiate(list, sent.OrderId));
        if (!outcome.IsRefused) services.GetRequiredService<WaitingLists>().Announce(outcome.Value);
        return InternalApi.Answer(outcome);
    });
}

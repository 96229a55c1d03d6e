using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Internal;

/// <summary>approve-order: the pivot of the create workflow.</summary>
public static class OrderApproval
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<ApproveOrder>(async (ask, command, services) =>
        InternalApi.Answer(await services.GetRequiredService<Documents<Order>>().Change(ask.OrderId, command, order => order.Approve(ask.ShoppingListId))));
}

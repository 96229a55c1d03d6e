using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Internal;

/// <summary>reject-order: the create workflow met a refusal.</summary>
public static class OrderRejection
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<RejectOrder>(async (ask, command, services) =>
        InternalApi.Answer(await services.GetRequiredService<Documents<Order>>().Change(ask.OrderId, command, order => order.Reject(ask.Code, ask.Text))));
}

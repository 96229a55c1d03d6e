using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Internal;

/// <summary>refuse-cancel: the depot had begun, so the customer is told and the order goes on.</summary>
public static class CancellationRefusal
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<RefuseCancel>(async (ask, command, services) =>
        InternalApi.Answer(await services.GetRequiredService<Documents<Order>>().Change(ask.OrderId, command, order => order.RefuseCancel(ask.Request, ask.Code))));
}

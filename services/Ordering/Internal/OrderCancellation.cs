using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Internal;

/// <summary>cancel-order: from the create workflow without a request, from a cancel workflow with the one that it works on.</summary>
public static class OrderCancellation
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<CancelOrder>(async (ask, command, services) =>
        InternalApi.Answer(await services.GetRequiredService<Documents<Order>>().Change(
            ask.OrderId, command, order => ask.Request is { } request ? order.CancelAfterApproval(request) : order.CancelBeforeApproval())));
}

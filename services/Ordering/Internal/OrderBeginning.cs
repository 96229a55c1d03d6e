using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Internal;

/// <summary>begin-order: what is the create workflow to do? Changes nothing; an order that never was is nothing to touch.</summary>
public static class OrderBeginning
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<BeginOrder>(async (ask, command, services) =>
        new CommandAnswer((await services.GetRequiredService<Documents<Order>>().Find(ask.OrderId, command.Aborted)).State?.Begin() ?? AnswerOutcome.Over));
}

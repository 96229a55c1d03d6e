using MallBots.Contracts;
using MallBots.Ordering.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Ordering.Internal;

/// <summary>begin-cancel: is the request still open? Changes nothing.</summary>
public static class CancellationBeginning
{
    /// <summary>Puts the command into the internal API.</summary>
    public static void Map(InternalApi commands) => commands.On<BeginCancel>(async (ask, command, services) =>
        new CommandAnswer((await services.GetRequiredService<Documents<Order>>().Find(ask.OrderId, command.Aborted)).State?.BeginCancel(ask.Request) ?? AnswerOutcome.Over));
}

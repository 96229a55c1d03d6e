using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Registers a bot.</summary>
public static class RegisterBot
{
    /// <summary>Which bot.</summary>
    /// <param name="Name">1 to 200 characters.</param>
    public sealed record Request([Text(1, 200)] string Name);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Post("/bots", Handle)
        .Summary("Registers a bot, offline at first")
        .Example(new Request("Rolly"))
        .Answers<BotResource>(201);

    static Task<IResult> Handle(Request request, Documents<Bot> bots, Command command)
    {
        var id = command.NewId();
        return bots.Put(id, command, _ => Bot.Register(id, request.Name)).Created(bot => $"/api/bots/{bot.BotId}");
    }
}

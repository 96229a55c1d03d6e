using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.Depot.Work;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Lets a bot take lists, or not.</summary>
public static class BringBotOnline
{
    /// <summary>Which of the two.</summary>
    /// <param name="Online">True when it takes lists.</param>
    public sealed record Request(bool Online);

    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Put("/bots/{botId}/online", async (string botId, Request request, Rounds rounds, Command command) =>
            await rounds.SetOnline(botId, request.Online, command).Ok())
        .Summary("Lets a bot take lists, or not")
        .Describe("A bot with a list can't go offline.")
        .Example(new Request(true))
        .Answers<BotResource>()
        .Refuses(DepotRefusals.BotUnknown, DepotRefusals.NotIdle);
}

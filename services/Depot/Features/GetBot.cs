using MallBots.Contracts;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Depot.Features;

/// <summary>Shows a bot.</summary>
public static class GetBot
{
    /// <summary>Puts the call into the API.</summary>
    public static void Map(ApiGroup api) => api
        .Get("/bots/{botId}", (string botId, Documents<Bot> bots, CancellationToken cancel) => bots.Get(botId, cancel).Ok())
        .Summary("Shows a bot: what it works on and where it is")
        .Answers<BotResource>()
        .Versioned()
        .Refuses(DepotRefusals.BotUnknown);
}

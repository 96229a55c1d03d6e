using MallBots.Contracts;
using MallBots.Search.Rebuilding;
using MallBots.ServiceKit.Documents;
using MallBots.ServiceKit.Http;

namespace MallBots.Search.Features;

/// <summary>Builds the read models anew from what their owners know, while queries go on.</summary>
public static class RebuildReadModels
{
    const string Path = "/search/rebuild";

    /// <summary>Puts the calls into the API.</summary>
    public static void Map(ApiGroup api)
    {
        api.Post(Path, async (Rebuild rebuild, Command command, CancellationToken cancel) => Results.Accepted($"/api{Path}", await rebuild.Ask(command, cancel)))
            .Summary("Builds the read models anew from the owners, while queries go on")
            .Describe("While a rebuild is under way, asking again changes nothing.")
            .Answers<RebuildProgress>(202);
        api.Get(Path, async (Rebuild rebuild, CancellationToken cancel) => Results.Ok(await rebuild.Progress(cancel)))
            .Summary("Shows how far the latest rebuild is")
            .Answers<RebuildProgress>();
    }
}

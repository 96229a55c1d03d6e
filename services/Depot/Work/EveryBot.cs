using System.Runtime.CompilerServices;
using MallBots.Depot.Domain;
using MallBots.ServiceKit.Documents;

namespace MallBots.Depot.Work;

/// <summary>The depot has few bots, so some questions are answered by looking at all of them.</summary>
static class EveryBot
{
    /// <summary>All bots, page by page.</summary>
    public static async IAsyncEnumerable<Bot> Everyone(this Documents<Bot> bots, [EnumeratorCancellation] CancellationToken cancel)
    {
        string? cursor = null;
        do
        {
            var page = await bots.List(null, _ => true, new Paging(200, cursor), cancel);
            foreach (var bot in page.Items) yield return bot;
            cursor = page.Next;
        }
        while (cursor is not null);
    }
}

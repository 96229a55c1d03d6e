using System.Net;
using MallBots.ServiceKit;
using MallBots.ServiceKit.Journal;

namespace MallBots.TestKit;

/// <summary>An entry of an app's journal as it is stored.</summary>
/// <param name="Log">Number of its log.</param>
/// <param name="Entry">Its own id.</param>
/// <param name="Resource">The aggregate's type.</param>
/// <param name="Id">The aggregate's id.</param>
/// <param name="Done">True when all that follows from it is done.</param>
public sealed record JournalLine(int Log, string Entry, string Resource, string Id, bool Done);

/// <summary>Reads journals from outside, over the state API of the app's sidecar: the documents of architecture 2.</summary>
public static class Journals
{
    /// <summary>All entries of an app.</summary>
    /// <param name="sidecar">A client of the HTTP API of the app's sidecar, with its token.</param>
    public static async Task<IReadOnlyList<JournalLine>> Read(HttpClient sidecar)
    {
        var logs = await Task.WhenAll(Enumerable.Range(0, JournalWriter.Logs).Select(log => ReadLog(sidecar, log)));
        return [.. logs.SelectMany(lines => lines)];
    }

    /// <summary>Key of the first chunk of the last log: what a sweep of an empty journal reads last.</summary>
    public static string LastChunk { get; } = $"journal.{JournalWriter.Logs - 1}.0";

    /// <summary>Number of the log that a replica of this name appends to.</summary>
    public static int LogOf(string replica) => ServiceKit.Lists.StableHash.Of(replica, JournalWriter.Logs);

    static async Task<List<JournalLine>> ReadLog(HttpClient sidecar, int log)
    {
        List<JournalLine> lines = [];
        for (var chunk = 0; ; chunk++)
        {
            using var answer = await sidecar.GetAsync($"/v1.0/state/statestore/journal.{log}.{chunk}");
            if (answer.StatusCode == HttpStatusCode.NoContent) return lines;
            var read = KitJson.Read<JournalChunk>(await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
            lines.AddRange(read.Entries.Select(entry => new JournalLine(log, entry.Entry, entry.Resource, entry.Id, entry.Mark == Mark.Done)));
        }
    }
}

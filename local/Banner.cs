using System.Globalization;
using MallBots.Contracts;
using Spectre.Console;

namespace MallBots.Local;

/// <summary>What the local run prints when it is ready.</summary>
static class Banner
{
    public static void Write(IAnsiConsole console, LocalMall mall, TimeSpan took)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("service", "address", "try it");
        foreach (var appId in mall.AppIds)
        {
            var address = $"http://localhost:{mall[appId].Port.ToString(CultureInfo.InvariantCulture)}";
            table.AddRow(appId == Apps.Gateway ? $"[bold]{appId}[/]" : appId, address, $"{address}/swagger");
        }

        console.Write(table);
        var kept = mall.DataFolder is { } folder ? $"Everything is kept in {folder}." : "Everything is kept in memory.";
        // Not by the console, which would break the line where it ends.
        console.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Ready in {took.TotalSeconds:0.0} s. {kept} Ctrl-C stops it."));
    }
}

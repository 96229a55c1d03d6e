using Spectre.Console;

namespace MallBots.Bench;

/// <summary>Collects what was measured and prints it as a table.</summary>
sealed class Figures(string title)
{
    readonly Table table = new Table().Title(title).AddColumn("what").AddColumn("figure");

    public void Add(string what, string figure)
    {
        table.AddRow(what, figure);
        Console.WriteLine($"{what}: {figure}");
    }

    public void Print() => AnsiConsole.Write(table);

    /// <summary>The value that this share of the samples does not exceed.</summary>
    public static double Percentile(IEnumerable<double> samples, double share)
    {
        var sorted = samples.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(share * sorted.Count) - 1)];
    }
}

using MallBots.TestKit;

namespace MallBots.Chart.Tests;

/// <summary>A copy of a chart, to be changed by a test.</summary>
sealed class SampleCopy : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mallbots-chart-");

    public SampleCopy(string chart)
    {
        var source = Repository.PathOf(chart);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
            Write(System.IO.Path.GetRelativePath(source, file), File.ReadAllText(file));
    }

    /// <summary>Where it is.</summary>
    public string Path => folder.FullName;

    /// <summary>Writes a file of it.</summary>
    public void Write(string file, string text)
    {
        var path = System.IO.Path.Combine(Path, file);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    /// <summary>Changes a text in a file, which must be there.</summary>
    public void Change(string file, string from, string to)
    {
        var text = File.ReadAllText(System.IO.Path.Combine(Path, file));
        if (!text.Contains(from, StringComparison.Ordinal)) throw new ArgumentException($"{file} has no '{from}'.", nameof(from));
        Write(file, text.Replace(from, to, StringComparison.Ordinal));
    }

    public void Dispose() => folder.Delete(recursive: true);
}

using System.Text.Json;

namespace MallBots.CrashHost;

/// <summary>What the parent tells this program on its command line.</summary>
/// <param name="Folder">The mall's data folder, which all lives of one mall share.</param>
/// <param name="PortOffset">Added to every port of the specification; the same in every life.</param>
/// <param name="Every">The process ends at one in so many points that it meets for the first time; 1 for each of them.</param>
/// <param name="First">Which of them is the first, counted from 0.</param>
/// <param name="Only">Ends at the points whose name contains this, and at no other; null for all.</param>
/// <param name="Settings">Configuration of all services.</param>
sealed record CrashOrder(string Folder, int PortOffset, int Every, int First, string? Only, IReadOnlyDictionary<string, string?> Settings)
{
    /// <summary>Where the points are noted that were met so far.</summary>
    public string PointsFile => Path.Combine(Folder, "points.jsonl");

    /// <summary>Where it is noted what each entity was changed by last, for the next life.</summary>
    public string CausesFile => Path.Combine(Folder, "causes.json");

    /// <summary>Where it is noted what there is to be met.</summary>
    public string OperationsFile => Path.Combine(Folder, "operations.json");

    /// <summary>Requests that are to be failed: lines of an operation's name, a tab, and a text that the request's body contains.</summary>
    public string AwayFile => Path.Combine(Folder, "away.txt");

    public string ToArgument() => JsonSerializer.Serialize(this);

    public static CrashOrder Of(string argument) => JsonSerializer.Deserialize<CrashOrder>(argument) ?? throw new JsonException("There is no order.");
}

/// <summary>A place at which the process can end: right after something has happened, before anything follows from it.</summary>
/// <param name="Operation">The command, internal command or event handler that it belongs to, such as <c>stores POST /api/stores</c>.</param>
/// <param name="Place">receive, append, save, publish, list, carry-out, mark, acknowledge or answer, and of what.</param>
/// <param name="Died">True when the process ended there.</param>
sealed record CrashPoint(string Operation, string Place, bool Died)
{
    public static IReadOnlyList<CrashPoint> Read(string file) => !File.Exists(file) ? [] : [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<CrashPoint>(line)!)];
}

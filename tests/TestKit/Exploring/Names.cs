using System.Globalization;
using System.Text.RegularExpressions;

namespace MallBots.TestKit.Exploring;

/// <summary>
/// Random ids that a process makes up (of commands, of journal entries) under names that are the same in each run of it: the first, second ... of this
/// process. So a process that is run again recognises what it wrote in the run before.
/// </summary>
sealed partial class Names(string process)
{
    readonly List<string> made = [];
    readonly Dictionary<string, string> named = [];

    /// <summary>A text as the world has it.</summary>
    public string Outward(string text) => Random().Replace(text, match =>
    {
        if (named.TryGetValue(match.Value, out var known)) return known;
        made.Add(match.Value);
        return named[match.Value] = $"@{process}.{made.Count - 1}@";
    });

    /// <summary>A text of the world as this run of the process has it.</summary>
    public string Inward(string text) => text.Contains($"@{process}.", StringComparison.Ordinal)
        ? Named().Replace(text, match => match.Groups["process"].Value == process ? made[int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture)] : match.Value)
        : text;

    /// <summary>UUIDs of version 7, and ids of journal entries.</summary>
    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|(?<=\"entry\":\")[0-9A-F]{16}(?=\")", RegexOptions.CultureInvariant)]
    private static partial Regex Random();

    [GeneratedRegex("@(?<process>[^@.]+)\\.(?<number>[0-9]+)@", RegexOptions.CultureInvariant)]
    private static partial Regex Named();
}

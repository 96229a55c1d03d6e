using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MallBots.Sidecar.Tests.Core;

/// <summary>The transcripts of the real runtime, and how they are compared: what varies by nature is matched by pattern.</summary>
public static partial class Recording
{
    public static IReadOnlyList<JsonObject> Load(string name) =>
        [.. JsonNode.Parse(File.ReadAllText(Path.Combine(Folder(), name + ".json")))!.AsArray().Select(entry => entry!.AsObject())];

    public static string NameOf(JsonObject entry) => entry["name"]!.GetValue<string>();

    /// <summary>ETags and instance ids become `*`.</summary>
    public static string WithoutIds(string text) => Uuid().Replace(text, "*");

    static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "Recordings");

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();
}

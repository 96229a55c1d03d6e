using System.Buffers;

namespace MallBots.Sidecar.Invocation;

/// <summary>How the path of an invocation reaches the app (fact I1).</summary>
internal static class InvocationPath
{
    static readonly SearchValues<char> Unusual = SearchValues.Create("%\\#");

    /// <summary>
    /// The path to call, escaped: `%2F` becomes a slash, `//` and a final slash collapse, `.` and `..` are resolved.
    /// Null when it cannot be passed on: it has `%25`, `%3F`, `%23` or a control character.
    /// </summary>
    public static string? Clean(string rawPath)
    {
        if (IsPlain(rawPath)) return rawPath.Length == 0 ? "/" : rawPath;

        var segments = new List<string>();
        foreach (var segment in Uri.UnescapeDataString(rawPath).Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment.AsSpan().ContainsAny('%', '?', '#') || segment.Any(char.IsControl)) return null;
            if (segment == "..") segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            else if (segment != ".") segments.Add(Uri.EscapeDataString(segment));
        }

        return "/" + string.Join('/', segments);
    }

    // The usual case costs one look at the text.
    static bool IsPlain(string path) =>
        !path.AsSpan().ContainsAny(Unusual) && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal) &&
        !(path.Length > 1 && path[^1] == '/');
}

namespace MallBots.Search.Database;

/// <summary>Texts as they are searched: without regard to case, on every engine alike.</summary>
static class Words
{
    /// <summary>What of these texts is searched.</summary>
    public static string Of(params ReadOnlySpan<string> texts) => Clean(string.Join('\n', texts!)).ToLowerInvariant();

    /// <summary>PostgreSQL keeps no text with a NUL.</summary>
    public static string Clean(string text) => text.Replace("\0", "", StringComparison.Ordinal);
}

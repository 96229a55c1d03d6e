namespace MallBots.Sidecar.Storage;

/// <summary>The setting `connectionString` of SQLite components: a file, a `file:` URI, or `Data Source=file`.</summary>
internal static class SqliteConnectionText
{
    /// <summary>The file that it names; a relative one is in the data folder.</summary>
    public static string PathOf(string connectionString, string dataDirectory)
    {
        var path = connectionString.Trim();
        foreach (var prefix in (string[])["file:", "Data Source="])
        {
            if (path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) path = path[prefix.Length..];
        }

        // Parameters of a URI (`?_busy_timeout=…`) or of a connection string set what this sidecar sets by itself.
        path = path.Split('?', ';')[0];
        return Path.GetFullPath(path, Path.GetFullPath(dataDirectory));
    }
}

using MallBots.Sidecar.Components;
using Npgsql;

namespace MallBots.Local.Examination;

/// <summary>
/// How Dapr's PostgreSQL components say where they connect, as Npgsql has it: words with spaces between them (<c>host=db user=mall database=mall</c>) or an
/// address (<c>postgres://mall@db:5432/mall</c>), and settings of their own that win over both, such as the password.
/// </summary>
static class PostgresText
{
    static readonly string[] Settings = ["host", "port", "user", "password", "database"];

    /// <summary>The same for two components that connect alike.</summary>
    public static string Key(Component component) => string.Join(' ', Settings.Append("connectionString").Append("url").Select(component.Setting));

    /// <summary>Reads what a component says.</summary>
    /// <exception cref="ArgumentException">It can't be read; the message says why.</exception>
    public static NpgsqlConnectionStringBuilder Of(Component component)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        var text = component.Setting("connectionString") ?? component.Setting("url") ?? "";
        var isAddress = text.StartsWith("postgres://", StringComparison.Ordinal) || text.StartsWith("postgresql://", StringComparison.Ordinal);
        foreach (var (name, value) in isAddress ? OfAddress(text) : OfWords(text)) Set(builder, name, value);
        foreach (var name in Settings)
            if (component.Setting(name) is { Length: > 0 } value) Set(builder, name, value);
        if (!isAddress && builder.Password?.AsSpan().IndexOfAny(" \\'") >= 0)
            throw new ArgumentException("its password has a space, a quote or a backslash, which daprd does not escape beside words: write the connection string as an address (postgres://user@host:port/database)");
        return string.IsNullOrEmpty(builder.Host) ? throw new ArgumentException("it names no host") : builder;
    }

    static IEnumerable<(string Name, string Value)> OfAddress(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address)) throw new ArgumentException("it is not an address");
        var user = address.UserInfo.Split(':', 2);
        return new[]
        {
            ("host", address.Host), ("port", address.Port > 0 ? $"{address.Port}" : ""), ("user", user[0]), ("password", user.Length > 1 ? user[1] : ""), ("database", address.AbsolutePath.TrimStart('/')),
        }.Where(part => part.Item2.Length > 0).Concat(OfPairs(address.Query.TrimStart('?').Split('&'))).Select(part => (part.Item1, Uri.UnescapeDataString(part.Item2)));
    }

    /// <summary>daprd takes them apart at every space, so no value has one.</summary>
    static IEnumerable<(string Name, string Value)> OfWords(string text) => OfPairs(text.Split(' ')).Select(pair => (pair.Name, pair.Value.Trim('\'')));

    static IEnumerable<(string Name, string Value)> OfPairs(IEnumerable<string> pairs) =>
        from pair in pairs
        where pair.Length > 0
        let parts = pair.Split('=', 2)
        // Not the text itself: what stands there may be a password.
        select parts.Length == 2 ? (parts[0], parts[1]) : throw new ArgumentException("a part of it is not name=value; parts have spaces between them");

    static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        // Others (pool_max_conns, connect_timeout …) do not change which server is asked.
        switch (name)
        {
            case "host":
                builder.Host = value;
                break;
            case "port":
                builder.Port = int.TryParse(value, out var port) ? port : throw new ArgumentException($"the port '{value}' is not a number");
                break;
            case "user":
                builder.Username = value;
                break;
            case "password":
                builder.Password = value;
                break;
            case "database" or "dbname":
                builder.Database = value;
                break;
            case "sslmode":
                builder.SslMode = Enum.TryParse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode) && !char.IsAsciiDigit(value[0])
                    ? mode
                    : throw new ArgumentException($"there is no sslmode '{value}'");
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
        }
    }
}

namespace MallBots.Search;

/// <summary>Where the read models are kept.</summary>
sealed record SearchOptions
{
    /// <summary>The value of <see cref="Database"/> for a file that is gone when the service stops.</summary>
    public const string Temporary = ":memory:";

    /// <summary>The SQLite file; <c>Search:Database</c>, default <c>.mallbots/dapr/search.db</c>. The local run names the one of its folder.</summary>
    public required string Database { get; init; }

    /// <summary>Connection string of a PostgreSQL database instead; <c>Search:Postgres</c>.</summary>
    public string? Postgres { get; init; }

    /// <summary>Name of the secret that holds such a connection string; <c>Search:PostgresSecret</c>.</summary>
    public string? PostgresSecret { get; init; }

    /// <summary>Reads the options.</summary>
    public static SearchOptions From(IConfiguration configuration) => new()
    {
        Database = configuration["Search:Database"] ?? Path.Combine(".mallbots", "dapr", "search.db"),
        Postgres = configuration["Search:Postgres"],
        PostgresSecret = configuration["Search:PostgresSecret"],
    };
}

namespace MallBots.Local;

/// <summary>What to start, and where it keeps things.</summary>
public sealed record LocalMallOptions
{
    /// <summary>Folder that keeps everything in SQLite files; null keeps everything in memory.</summary>
    public string? DataFolder { get; init; }

    /// <summary>Which ports the services listen on.</summary>
    public Ports Ports { get; init; } = Ports.Free;

    /// <summary>Folder of the engines' components instead of <c>components/embedded</c>, such as <c>components/redis</c>.</summary>
    public string? ComponentsFolder { get; init; }

    /// <summary>The app-ids to start; null for all ten.</summary>
    public IReadOnlyCollection<string>? Apps { get; init; }

    /// <summary>Configuration of all services on top of their defaults, such as <c>Depot:Bots</c>.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Last word on the container of each service, by app-id: for tests that stand between a service and its sidecar.</summary>
    public Action<string, IServiceCollection>? Configure { get; init; }

    /// <summary>What is logged, to the console.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;
}

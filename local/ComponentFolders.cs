namespace MallBots.Local;

/// <summary>Where the components lie: the build copies the repository's <c>components/</c> beside the program.</summary>
static class ComponentFolders
{
    static readonly string Root = Path.Combine(AppContext.BaseDirectory, "components");

    /// <summary>What all engines share.</summary>
    public static string Common { get; } = Path.Combine(Root, "common");

    /// <summary>What `dapr run -f .` takes.</summary>
    public static string Redis { get; } = Path.Combine(Root, "redis");

    /// <summary>The folder that was asked for, or the embedded engines.</summary>
    /// <exception cref="LocalMallException">There is no such folder.</exception>
    public static string Engine(string? asked)
    {
        if (asked is null) return Path.Combine(Root, "embedded");
        return Directory.Exists(asked) ? Path.GetFullPath(asked) : throw new LocalMallException($"There is no folder {Path.GetFullPath(asked)} (--components).");
    }
}
